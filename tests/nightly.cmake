# What runs for an hour or more: `ctest --preset nightly` (the configuration Nightly), not part of any other ctest run.
# What a test needs besides the Release build of foehn it builds itself.
if(NOT TARGET foehn)
  return()
endif()

# foehn_nightly_test(NAME seconds COMMAND…)
function(foehn_nightly_test name timeout)
  add_test(NAME ${name} CONFIGURATIONS Nightly COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS nightly TIMEOUT ${timeout} RUN_SERIAL ON)
endfunction()

foehn_nightly_test(nightly_fuzz 7200 tests/fuzz/run.sh 600)
foehn_nightly_test(nightly_malformed 7200
  ${Python3_EXECUTABLE} tests/nightly/malformed.py $<TARGET_FILE:foehn> --count 100000 --seed today)
foehn_nightly_test(nightly_malformed_asan 10800 tests/nightly/malformed_asan.sh 100000 today)
