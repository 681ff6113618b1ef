foehn_test(NAME dsl_test LABEL unit USES foehn_dsl
  SOURCES unit/dsl/compile_test.cc)
