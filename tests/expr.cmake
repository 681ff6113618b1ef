foehn_test(NAME expr_test LABEL unit TIMEOUT 400 USES foehn_expr
  SOURCES unit/dsl/expr/template_test.cc unit/dsl/expr/messages_test.cc unit/dsl/expr/yaql_oracle_test.cc
          unit/dsl/expr/jinja_oracle_test.cc unit/dsl/expr/jinja_bounds_test.cc
          unit/dsl/expr/jinja_coverage_test.cc unit/dsl/expr/limits_test.cc unit/dsl/expr/text_index_test.cc
          unit/dsl/expr/host_value_test.cc unit/dsl/expr/regex_shape_test.cc)
foehn_test(NAME expr_memory_test LABEL unit TIMEOUT 400 USES foehn_expr SOURCES unit/dsl/expr/memory_test.cc)

# Differential tests: tests/differential/README.md.
add_library(expr_differential STATIC differential/common/batch.cc differential/common/encode.cc)
target_include_directories(expr_differential PUBLIC ${CMAKE_SOURCE_DIR})
target_compile_options(expr_differential PRIVATE ${FOEHN_WARNINGS})
target_link_libraries(expr_differential PUBLIC foehn_expr)
target_precompile_headers(expr_differential REUSE_FROM foehn_pch)

# differential_test(yaql …): the batch program of one language and the test that compares, with these options.
function(differential_test language)
  add_executable(${language}_batch differential/${language}_batch.cc)
  target_compile_options(${language}_batch PRIVATE ${FOEHN_WARNINGS})
  target_link_libraries(${language}_batch PRIVATE expr_differential)
  target_precompile_headers(${language}_batch REUSE_FROM foehn_pch)
  add_test(NAME ${language}_differential
    COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/differential/${language}_diff.py
            --program $<TARGET_FILE:${language}_batch> ${ARGN})
  set_tests_properties(${language}_differential PROPERTIES LABELS differential TIMEOUT 600)
endfunction()
add_test(NAME differential_harness
  COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/differential/harness_test.py)
set_tests_properties(differential_harness PROPERTIES LABELS differential TIMEOUT 300)
differential_test(yaql)
differential_test(jinja)
differential_test(inline --count 8000)
differential_test(yaml)
