if(NOT TARGET foehn_core)
  return()
endif()
foehn_test(NAME core_test LABEL unit USES foehn_core
  SOURCES unit/engine/core/states_test.cc unit/engine/core/context_test.cc unit/engine/core/step_test.cc unit/engine/core/random_test.cc
          support/core_harness.cc)
foehn_test(NAME conformance_test LABEL conformance USES foehn_core
  SOURCES conformance/runner.cc support/core_harness.cc)
