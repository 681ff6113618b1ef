# Debian's own: another python3 in PATH lacks Debian's packages.
set(Python3_EXECUTABLE /usr/bin/python3)
add_test(NAME tidy COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py ${CMAKE_SOURCE_DIR})
add_test(NAME tidy_self_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/tidy/tidy_self_test.py)
set_tests_properties(tidy tidy_self_test PROPERTIES LABELS tidy TIMEOUT 60)
