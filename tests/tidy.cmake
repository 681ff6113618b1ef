# Debian's own: another python3 in PATH lacks Debian's packages.
set(Python3_EXECUTABLE /usr/bin/python3)
set(tidy ${CMAKE_SOURCE_DIR}/tests/tidy)
add_test(NAME tidy COMMAND ${Python3_EXECUTABLE} ${tidy}/tidy.py ${CMAKE_SOURCE_DIR})
add_test(NAME tidy_self_test COMMAND ${Python3_EXECUTABLE} ${tidy}/tidy_self_test.py)
add_test(NAME tidy_shell COMMAND ${Python3_EXECUTABLE} ${tidy}/shell.py ${CMAKE_SOURCE_DIR})
add_test(NAME scripts_self_test COMMAND ${Python3_EXECUTABLE} ${tidy}/scripts_self_test.py)
set_tests_properties(tidy tidy_self_test tidy_shell scripts_self_test PROPERTIES LABELS tidy TIMEOUT 60)
set_tests_properties(tidy_shell PROPERTIES SKIP_RETURN_CODE 77)
