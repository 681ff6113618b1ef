foehn_test(NAME dsl_test LABEL unit TIMEOUT 300 USES foehn_dsl
  SOURCES
    unit/dsl/compile_test.cc unit/dsl/fault_text_test.cc unit/dsl/hostile_test.cc unit/dsl/newcomer_test.cc
    unit/dsl/yaml/reader_test.cc unit/dsl/yaml/source_map_test.cc unit/dsl/yaml/scalar_test.cc unit/dsl/yaml/writer_test.cc
    unit/dsl/parse/document_test.cc unit/dsl/parse/shorthand_test.cc unit/dsl/parse/task_test.cc
    unit/dsl/graph/build_test.cc unit/dsl/validate/validate_test.cc
  ALONE unit/dsl/parse/shorthand_test.cc)
foehn_test(NAME lint_test LABEL unit USES foehn_dsl
  SOURCES unit/dsl/lint/lint_test.cc unit/dsl/lint/page_test.cc)
foehn_test(NAME lint_property_test LABEL property USES foehn_dsl SOURCES unit/dsl/lint/property_test.cc)
# Megabytes of bad input: minutes under sanitizers in Debug, so not with the unit tests.
foehn_test(NAME flood_test LABEL flood TIMEOUT 600 USES foehn_dsl SOURCES unit/dsl/flood_test.cc)
foehn_test(NAME static_conformance_test LABEL conformance USES foehn_dsl SOURCES conformance/static_runner.cc conformance/rules.cc)
