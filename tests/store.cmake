foehn_test(NAME store_test LABEL unit USES foehn_store_sqlite
  SOURCES unit/engine/store/contract_test.cc unit/engine/store/catalog_test.cc
    unit/engine/store/record_test.cc unit/engine/store/query_test.cc unit/engine/store/definition_service_test.cc
    unit/engine/store/equivalence_test.cc unit/engine/store/event_codec_test.cc
    unit/engine/store/event_log_test.cc
    unit/engine/store/store_fixture.cc
  ALONE unit/engine/store/store_fixture.cc)
foehn_test(NAME store_fault_test LABEL fault USES foehn_store_sqlite
  SOURCES unit/engine/store/sqlite_test.cc unit/engine/store/store_fixture.cc
  ALONE unit/engine/store/store_fixture.cc)
