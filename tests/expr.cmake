foehn_test(NAME expr_test LABEL unit USES foehn_expr
  SOURCES unit/dsl/expr/template_test.cc unit/dsl/expr/yaql_oracle_test.cc
          unit/dsl/expr/jinja_oracle_test.cc unit/dsl/expr/limits_test.cc)
