# What happens when the server dies: the real binary, killed at chosen moments.
foehn_script_test(NAME storm_test LABEL fault FOLDER fault TIMEOUT 300 SANITIZED)
foehn_script_test(NAME kill_test LABEL fault FOLDER fault TIMEOUT 300 BOXES SANITIZED)
