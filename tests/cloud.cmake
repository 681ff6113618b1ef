foehn_test(NAME cloud_test LABEL unit USES foehn_cloud
  SOURCES unit/actions/cloud/local_driver_test.cc)
# Boxes of one run must not count those of another.
set_tests_properties(cloud_test PROPERTIES RESOURCE_LOCK boxes)
