// All handlers by resource. Each is a plain blocking function from a request to a response or an Error; routes.cc turns
// errors into the body shape of the API the route belongs to. Any thread.
#pragma once

#include "api/http/message.h"
#include "api/rest/services.h"
#include "engine/base/result.h"

namespace foehn::rest {

using Answer = Result<http::Response>;

// discovery.cc
Answer get_root(const http::Request&, Services&);
Answer get_v2(const http::Request&, Services&);
Answer no_service_api(const http::Request&, Services&);

// maintenance.cc
Answer get_maintenance(const http::Request&, Services&);
Answer put_maintenance(const http::Request&, Services&);
Answer get_info(const http::Request&, Services&);

// workflows.cc
Answer list_workflows(const http::Request&, Services&);
Answer get_workflow(const http::Request&, Services&);
Answer create_workflows(const http::Request&, Services&);
Answer update_workflows(const http::Request&, Services&);
Answer delete_workflow(const http::Request&, Services&);
Answer validate_workflows(const http::Request&, Services&);

// executions.cc
Answer list_executions(const http::Request&, Services&);
Answer get_execution(const http::Request&, Services&);
Answer create_execution(const http::Request&, Services&);
Answer update_execution(const http::Request&, Services&);
Answer delete_execution(const http::Request&, Services&);
Answer list_task_executions(const http::Request&, Services&);  // GET /tasks/{id}/workflow_executions

// report.cc
Answer get_report(const http::Request&, Services&);
Answer list_sub_executions(const http::Request&, Services&);
Answer list_task_sub_executions(const http::Request&, Services&);

// tasks.cc
Answer list_tasks(const http::Request&, Services&);
Answer list_execution_tasks(const http::Request&, Services&);
Answer get_task(const http::Request&, Services&);
Answer update_task(const http::Request&, Services&);

// action_executions.cc
Answer list_action_executions(const http::Request&, Services&);
Answer list_task_action_executions(const http::Request&, Services&);
Answer get_action_execution(const http::Request&, Services&);
Answer update_action_execution(const http::Request&, Services&);

// direct_runs.cc
Answer create_action_execution(const http::Request&, Services&);
Answer delete_action_execution(const http::Request&, Services&);
Answer complete_action_run(const http::Request&, Services&);
Answer fail_action_run(const http::Request&, Services&);

// actions.cc
Answer list_actions(const http::Request&, Services&);
Answer get_action(const http::Request&, Services&);
Answer create_actions(const http::Request&, Services&);
Answer update_actions(const http::Request&, Services&);
Answer delete_action(const http::Request&, Services&);
Answer validate_actions(const http::Request&, Services&);

// workbooks.cc
Answer list_workbooks(const http::Request&, Services&);
Answer get_workbook(const http::Request&, Services&);
Answer create_workbook(const http::Request&, Services&);
Answer update_workbook(const http::Request&, Services&);
Answer delete_workbook(const http::Request&, Services&);
Answer validate_workbook(const http::Request&, Services&);

// environments.cc
Answer list_environments(const http::Request&, Services&);
Answer get_environment(const http::Request&, Services&);
Answer create_environment(const http::Request&, Services&);
Answer update_environment(const http::Request&, Services&);
Answer delete_environment(const http::Request&, Services&);

// members.cc
Answer list_members(const http::Request&, Services&);
Answer get_member(const http::Request&, Services&);
Answer create_member(const http::Request&, Services&);
Answer update_member(const http::Request&, Services&);
Answer delete_member(const http::Request&, Services&);

// code_sources.cc
Answer list_code_sources(const http::Request&, Services&);
Answer get_code_source(const http::Request&, Services&);
Answer create_code_source(const http::Request&, Services&);
Answer update_code_source(const http::Request&, Services&);
Answer delete_code_source(const http::Request&, Services&);
Answer list_dynamic_actions(const http::Request&, Services&);
Answer get_dynamic_action(const http::Request&, Services&);
Answer create_dynamic_action(const http::Request&, Services&);
Answer update_dynamic_action(const http::Request&, Services&);
Answer delete_dynamic_action(const http::Request&, Services&);

// openapi.cc
Answer get_openapi(const http::Request&, Services&);
Answer get_api_page(const http::Request&, Services&);

// metrics.cc
Answer get_metrics(const http::Request&, Services&);

// execution_wait.cc
Answer wait_for_execution(const http::Request&, Services&);

// run_log_stream.cc
Answer stream_run_log(const http::Request&, Services&);
Answer stream_execution_log(const http::Request&, Services&);

// health.cc
Answer get_health(const http::Request&, Services&);
Answer get_ready(const http::Request&, Services&);

// events.cc
Answer get_events(const http::Request&, Services&);

// watch.cc
Answer get_tree(const http::Request&, Services&);
Answer get_execution_log(const http::Request&, Services&);
Answer get_run_log(const http::Request&, Services&);

// eval.cc
Answer evaluate_expression(const http::Request&, Services&);

// operations.cc
Answer rerun_execution(const http::Request&, Services&);
Answer rerun_task(const http::Request&, Services&);
Answer clone_execution(const http::Request&, Services&);
Answer operate_on_many(const http::Request&, Services&);

// revisions.cc
Answer list_revisions(const http::Request&, Services&);
Answer get_revision(const http::Request&, Services&);
Answer get_pinned_definition(const http::Request&, Services&);
Answer rollback_workflow(const http::Request&, Services&);

// why.cc
Answer explain_execution(const http::Request&, Services&);

// cron_triggers.cc
Answer list_cron_triggers(const http::Request&, Services&);
Answer get_cron_trigger(const http::Request&, Services&);
Answer create_cron_trigger(const http::Request&, Services&);
Answer delete_cron_trigger(const http::Request&, Services&);

// event_triggers.cc
Answer list_event_triggers(const http::Request&, Services&);
Answer get_event_trigger(const http::Request&, Services&);
Answer create_event_trigger(const http::Request&, Services&);
Answer update_event_trigger(const http::Request&, Services&);
Answer delete_event_trigger(const http::Request&, Services&);

// event_intake.cc
Answer take_events(const http::Request&, Services&);

// identity.cc
Answer get_identity(const http::Request&, Services&);
Answer create_identity_token(const http::Request&, Services&);

// subscriptions.cc
Answer list_subscriptions(const http::Request&, Services&);
Answer get_subscription(const http::Request&, Services&);
Answer create_subscription(const http::Request&, Services&);
Answer update_subscription(const http::Request&, Services&);
Answer delete_subscription(const http::Request&, Services&);

// overclouds.cc
Answer list_overclouds(const http::Request&, Services&);
Answer get_overcloud(const http::Request&, Services&);
Answer create_overcloud(const http::Request&, Services&);
Answer delete_overcloud(const http::Request&, Services&);
Answer rollback_overcloud(const http::Request&, Services&);
Answer list_overcloud_executions(const http::Request&, Services&);
Answer get_overcloud_ssh_key(const http::Request&, Services&);

}  // namespace foehn::rest
