foehn_test(NAME http_test LABEL unit USES foehn_http
  SOURCES unit/api/http/router_test.cc unit/api/http/server_test.cc unit/api/http/socket_client.cc)
