add_test(NAME sandbox COMMAND ${CMAKE_SOURCE_DIR}/tests/sandbox/run.sh)
set_tests_properties(sandbox PROPERTIES LABELS e2e TIMEOUT 180 SKIP_RETURN_CODE 77 RESOURCE_LOCK boxes)
add_test(NAME builtin_yaml COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/sandbox/check_yaml.py)
set_tests_properties(builtin_yaml PROPERTIES LABELS tidy TIMEOUT 60 SKIP_RETURN_CODE 77)
