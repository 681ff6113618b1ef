# The product from outside: the real binary as a server or a command, in a process of its own (tests/e2e, Python without
# any package beyond the standard library).
# Debian's own: another python3 in PATH is older or newer than what was tried.
set(Python3_EXECUTABLE /usr/bin/python3)

# foehn_script_test(NAME n LABEL l FOLDER f TIMEOUT s [BOXES] [SANITIZED]): tests/<f>/<n>.py FOEHN. BOXES: it makes local
# boxes, so no other test that does may run at the same time. SANITIZED: `./test.sh --sanitizers` runs it too.
function(foehn_script_test)
  cmake_parse_arguments(ARG "BOXES;SANITIZED" "NAME;LABEL;FOLDER;TIMEOUT" "" ${ARGN})
  if(NOT TARGET foehn)
    return()
  endif()
  add_test(NAME ${ARG_NAME} COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE}
           ${CMAKE_SOURCE_DIR}/tests/${ARG_FOLDER}/${ARG_NAME}.py $<TARGET_FILE:foehn>)
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
  if(ARG_SANITIZED)
    set_property(TEST ${ARG_NAME} APPEND PROPERTY LABELS sanitized)
  endif()
  if(ARG_BOXES)
    set_tests_properties(${ARG_NAME} PROPERTIES RESOURCE_LOCK boxes)
  endif()
endfunction()

foehn_script_test(NAME samples_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME cli_test LABEL e2e FOLDER e2e TIMEOUT 400 SANITIZED)
foehn_script_test(NAME author_tools_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME examples_test LABEL e2e FOLDER e2e TIMEOUT 120)
foehn_script_test(NAME docs_test LABEL e2e FOLDER e2e TIMEOUT 60)
foehn_script_test(NAME api_runner LABEL e2e FOLDER conformance TIMEOUT 180)
foehn_script_test(NAME action_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME mistral_cli_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME openstack_test LABEL e2e FOLDER e2e TIMEOUT 600)
foehn_script_test(NAME resources_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME operations_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME triggers_server_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME bad_input_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME live_api_test LABEL e2e FOLDER e2e TIMEOUT 300 SANITIZED)
foehn_script_test(NAME projects_test LABEL e2e FOLDER e2e TIMEOUT 600)
foehn_script_test(NAME malformed LABEL e2e FOLDER nightly TIMEOUT 180)
foehn_script_test(NAME overcloud_test LABEL e2e FOLDER e2e TIMEOUT 240 BOXES)
foehn_script_test(NAME egress_test LABEL e2e FOLDER e2e TIMEOUT 60)
foehn_script_test(NAME rootless_test LABEL e2e FOLDER e2e TIMEOUT 180 BOXES)
foehn_script_test(NAME rerun_test LABEL e2e FOLDER e2e TIMEOUT 300 BOXES)
