if(NOT TARGET foehn_runtime)
  return()
endif()
foehn_test(NAME runtime_test LABEL unit USES foehn_runtime
  SOURCES unit/engine/runtime/engine_test.cc unit/engine/runtime/queues_test.cc unit/engine/runtime/recovery_test.cc
          unit/engine/runtime/tree_test.cc unit/engine/runtime/workbook_test.cc)
