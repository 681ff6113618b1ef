foehn_test(NAME workflows_test LABEL unit USES foehn_services
  SOURCES unit/workflows/overcloud_request_test.cc)
