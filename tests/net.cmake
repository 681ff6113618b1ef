foehn_test(NAME http_client_test LABEL unit USES foehn_net SOURCES unit/actions/net/http_client_test.cc)
foehn_test(NAME ssh_test LABEL e2e USES foehn_net
  SOURCES unit/actions/net/ssh_test.cc unit/actions/net/sshd_fixture.cc)
