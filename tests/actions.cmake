foehn_test(NAME actions_test LABEL unit USES foehn_std foehn_executor
  SOURCES unit/actions/registry_test.cc unit/actions/std/basic_test.cc unit/actions/std/http_test.cc unit/actions/std/email_test.cc
          unit/actions/std/ssh_actions_test.cc
          unit/actions/executor/executor_test.cc unit/actions/net/sshd_fixture.cc)
foehn_test(NAME process_test LABEL unit USES foehn_process
  SOURCES unit/actions/process/process_test.cc unit/actions/process/manifest_test.cc
          unit/actions/process/script_test.cc
  ALONE unit/actions/process/script_test.cc)
foehn_test(NAME ssh_run_test LABEL e2e USES foehn_std
  SOURCES unit/actions/std/ssh_run_test.cc unit/actions/net/sshd_fixture.cc)
