foehn_test(NAME base_test LABEL unit USES foehn_base
  SOURCES unit/engine/base/value_test.cc unit/engine/base/base_test.cc unit/engine/base/text_test.cc
          unit/engine/base/worker_pool_test.cc unit/engine/base/http_failure_test.cc)
