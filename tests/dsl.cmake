foehn_test(NAME dsl_test LABEL unit USES foehn_dsl
  SOURCES
    unit/dsl/compile_test.cc unit/dsl/fault_text_test.cc unit/dsl/hostile_test.cc
    unit/dsl/yaml/reader_test.cc unit/dsl/yaml/scalar_test.cc unit/dsl/yaml/writer_test.cc
    unit/dsl/parse/document_test.cc unit/dsl/parse/shorthand_test.cc unit/dsl/parse/task_test.cc
    unit/dsl/graph/build_test.cc unit/dsl/validate/validate_test.cc)
