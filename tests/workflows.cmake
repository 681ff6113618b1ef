foehn_test(NAME workflows_test LABEL unit USES foehn_services
  SOURCES unit/workflows/overcloud_request_test.cc)
foehn_test(NAME triggers_test LABEL unit USES foehn_triggers
  SOURCES unit/workflows/triggers/cron_test.cc unit/workflows/triggers/cron_service_test.cc
          unit/workflows/triggers/events_test.cc unit/workflows/triggers/notifier_test.cc
          unit/workflows/triggers/expiry_test.cc)
# Against croniter: tests/differential/README.md.
add_executable(cron_batch differential/cron_batch.cc)
target_include_directories(cron_batch PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(cron_batch PRIVATE ${FOEHN_WARNINGS})
target_link_libraries(cron_batch PRIVATE foehn_triggers)
target_precompile_headers(cron_batch REUSE_FROM foehn_pch)
add_test(NAME cron_differential
  COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/differential/cron_diff.py --program $<TARGET_FILE:cron_batch>)
set_tests_properties(cron_differential PROPERTIES LABELS differential TIMEOUT 300 SKIP_RETURN_CODE 77)
