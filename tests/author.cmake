# The author's tools: drawings, schema, scenarios (`foehn test`), reports of lint.
foehn_test(NAME graph_test LABEL unit USES foehn_graph
  SOURCES unit/dsl/graph/chart_test.cc unit/dsl/graph/layout_test.cc)
foehn_test(NAME schema_test LABEL unit USES foehn_schema SOURCES unit/dsl/schema/schema_test.cc)
foehn_test(NAME scenario_test LABEL unit USES foehn_scenario
  SOURCES unit/engine/scenario/compare_test.cc unit/engine/scenario/player_test.cc unit/engine/scenario/suite_test.cc)
if(TARGET foehn_server)
  foehn_test(NAME lint_report_test LABEL unit USES foehn_server SOURCES unit/api/cli/explain_test.cc unit/api/cli/lint_report_test.cc)
  foehn_test(NAME cli_output_test LABEL unit USES foehn_server
    SOURCES unit/api/cli/print_template_test.cc unit/api/cli/output_test.cc)
endif()
