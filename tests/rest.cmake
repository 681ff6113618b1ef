foehn_test(NAME rest_test LABEL unit USES foehn_rest
  SOURCES unit/api/rest/harness.cc unit/api/rest/replay_test.cc unit/api/rest/paging_test.cc
          unit/api/rest/workflows_test.cc unit/api/rest/executions_test.cc unit/api/rest/watch_test.cc
          unit/api/rest/overclouds_test.cc unit/api/rest/actions_test.cc unit/api/rest/events_test.cc
          unit/api/rest/direct_runs_test.cc unit/api/rest/eval_test.cc unit/api/rest/subscriptions_test.cc
          unit/api/rest/environments_test.cc unit/api/rest/workbooks_test.cc unit/api/rest/admin_test.cc
          unit/api/rest/operations_test.cc unit/api/rest/masking_test.cc unit/api/rest/projects_test.cc
          unit/api/rest/waits_test.cc unit/api/rest/execution_logs_test.cc unit/api/auth/tokens_test.cc
          unit/api/rest/python_arguments_test.cc)
