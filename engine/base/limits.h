// Every bound in the system, with its unit and the reason for the figure. The tidy test fails on one that is unused.
#pragma once

#include <cstddef>
#include <cstdint>

namespace foehn::limits {

// Documents and values.
inline constexpr std::size_t kDefinitionBytesMax = 5'000'000;  // one POST of a definition; Mistral users reach 1 MB
inline constexpr std::size_t kYamlNodesMax = 1'000'000;        // nodes of one document
inline constexpr std::size_t kYamlDepthMax = 64;               // nesting; deeper documents are mistakes or attacks
inline constexpr std::size_t kDiagnosticsMax = 100;            // of one document; more help nobody
inline constexpr std::size_t kJsonDepthMax = 200;              // nesting of request bodies, results and stored values
inline constexpr std::size_t kFieldBytesMax = 1'048'576;       // input, output, params, published; Mistral's 1024 KB
inline constexpr std::size_t kStateInfoBytesMax = 65'500;      // Mistral trims state_info here
inline constexpr std::size_t kNameLengthMax = 255;             // definitions and tasks
inline constexpr std::size_t kJoinNameLengthMax = 208;         // join tasks: Mistral keeps room for its unique key

// Expressions.
inline constexpr std::uint64_t kExpressionStepsMax = 1'000'000;   // evaluator steps of one expression
inline constexpr std::size_t kExpressionDepthMax = 200;           // nesting of one expression
inline constexpr std::size_t kExpressionBytesMax = 64'000'000;    // memory one evaluation may build
inline constexpr std::size_t kExpressionTextMax = 100'000;        // length of one expression's text

// Engine.
inline constexpr std::size_t kPumpEventsMax = 1'000;          // events stepped before a commit
inline constexpr std::size_t kPumpBytesMax = 8'000'000;       // row bytes in one commit
inline constexpr std::size_t kInboxMax = 100'000;             // events waiting for the engine thread
inline constexpr std::size_t kResidentBytesMax = 256'000'000;  // executions kept in memory
inline constexpr std::size_t kTimersResidentMax = 10'000;     // timers kept in memory; the rest are rows
inline constexpr std::size_t kDefinitionsCachedMax = 1'000;   // compiled definitions; dropping one costs a compile
inline constexpr std::int64_t kStoreRetryMsMin = 100;         // first pause after a refused commit; doubles
inline constexpr std::int64_t kStoreRetryMsMax = 5'000;       // longest pause: how late a freed disk is noticed
inline constexpr std::size_t kStoreRetriesMax = 1'000;        // refusals in a row before the engine gives up (83 min)
inline constexpr unsigned kLoadTriesMax = 10;                 // reads of one execution before its event is given up
inline constexpr std::int64_t kEngineWaitMsMax = 1'000;       // how late a jump of the wall clock is noticed
inline constexpr std::size_t kSettleRoundsMax = 1'000'000;    // state changes one event may cause
inline constexpr std::size_t kWithItemsMax = 1'000'000;       // items of one task
inline constexpr std::size_t kWithItemsWindow = 5'000;        // unfinished runs of one task without `concurrency`
inline constexpr std::int64_t kPolicySecondsMax = 3'000'000'000;  // delays, timeouts; keeps WallTime in range
inline constexpr std::size_t kTasksPerExecutionMax = 1'000'000;
inline constexpr std::size_t kSubworkflowDepthMax = 50;       // executions below each other
inline constexpr std::size_t kTreeExecutionsMax = 20'000;     // sub-workflows below one root, at any depth
inline constexpr std::size_t kAdhocChainMax = 50;             // ad-hoc actions based on each other

// Actions.
inline constexpr std::size_t kActionsAtOnceMax = 1'000;       // leaving the engine at the same time
inline constexpr std::size_t kActionsPerTargetMax = 100;      // per host or cloud
inline constexpr std::size_t kRunLogBytesMax = 65'536;        // live log kept per action run
inline constexpr std::size_t kRunLogsMax = 4'096;             // action runs with a live log
inline constexpr std::size_t kLogPiecesKept = 65'536;         // pieces of output whose order among runs is known
inline constexpr std::size_t kHttpResponseBytesMax = 5'242'880;  // std.http; Mistral's 5 MiB
inline constexpr std::size_t kHttpTransfersMax = 256;         // std.http requests in flight
inline constexpr std::int64_t kHttpTimeoutMs = 60'000;        // std.http default; Mistral's 60 s
inline constexpr std::size_t kSshOutputBytesMax = 1'048'576;  // stdout and stderr each, default
inline constexpr std::size_t kSshSessionsPerHostMax = 8;
inline constexpr std::size_t kSshChannelsPerSessionMax = 10;  // sshd's MaxSessions default
inline constexpr std::size_t kSshHandshakesMax = 16;          // at once; a handshake is CPU-bound
inline constexpr std::int64_t kDirectRunWaitMs = 60'000;      // a request waits for an action; Mistral's RPC timeout
inline constexpr int kDirectRunsWaitingMax = 16;              // requests that do; half of the handler threads
inline constexpr std::size_t kManifestsMax = 1'000;           // out-of-process actions of one folder
inline constexpr std::size_t kManifestBytesMax = 262'144;     // of one of them
inline constexpr std::size_t kProcessOutputBytesMax = 4'194'304;   // answer of a process, default
inline constexpr std::size_t kProcessOutputBytesTop = 67'108'864;  // and the most a manifest may ask for
inline constexpr std::int64_t kProcessTimeoutMs = 3'600'000;  // of a process whose manifest names none
inline constexpr std::int64_t kProcessGraceMs = 5'000;        // between SIGTERM and SIGKILL
inline constexpr std::int64_t kProcessDrainMs = 2'000;        // for output that a dead process has left behind

// HTTP server.
inline constexpr std::size_t kRequestBodyBytesMax = 10'000'000;
inline constexpr std::size_t kRequestHeaderBytesMax = 16'384;
inline constexpr std::size_t kConnectionsMax = 16'384;
inline constexpr std::int64_t kConnectionIdleMs = 60'000;
inline constexpr std::int64_t kHttpTransferMs = 60'000;       // one request body in, one response out
inline constexpr std::int64_t kHttpDrainMs = 10'000;          // running requests may finish for so long at a stop
inline constexpr std::int64_t kHttpKeepAliveMs = 15'000;       // a streamed answer is never silent for longer
inline constexpr std::int64_t kHttpLingerMs = 2'000;          // a refused client may go on sending for so long
inline constexpr std::size_t kHandlerQueueMax = 1'024;        // requests waiting for a handler thread
inline constexpr std::size_t kQueryParametersMax = 200;       // of one request target; more are refused
inline constexpr std::uint32_t kPageMax = 1'000;              // Mistral's max_limit
inline constexpr std::size_t kReportNodesMax = 10'000;        // tasks, runs and executions of one report
inline constexpr std::size_t kWatchNodesMax = 2'000;          // tasks and executions of one live tree
inline constexpr std::size_t kWatchDepthMax = 5;              // executions below each other in a live tree
inline constexpr std::uint32_t kWatchExactItemsMax = 5'000;   // with-items counted exactly; above, the task's counters
inline constexpr std::size_t kWatchLogBytesMax = 262'144;     // of one answer with an execution's logs
inline constexpr std::size_t kWatchRunLogBytesMax = 8'192;    // of each run in it
inline constexpr std::size_t kEventsKept = 16'384;      // held in memory for streams; the store keeps more
inline constexpr std::size_t kEventListenersMax = 12'000;     // open event streams
inline constexpr std::size_t kEventPartBytesMax = 65'536;     // written to a listener at once
inline constexpr std::int64_t kEventWakeMs = 10;              // listeners are woken at most that often

// Triggers, notifications, expiration.
inline constexpr std::int64_t kCronYearsMax = 50;             // a pattern without a date in so many years never fires
inline constexpr std::size_t kCronPatternBytesMax = 100;      // Mistral's column
inline constexpr std::uint32_t kTriggersDueMax = 100;         // cron triggers fired before the clock is read again
inline constexpr std::int64_t kTriggerWaitMsMax = 1'000;      // how late a jump of the wall clock is noticed
inline constexpr std::int64_t kTriggerRetryMs = 5'000;        // until a start that was refused for now is tried again
inline constexpr std::size_t kEventTriggersMax = 10'000;      // looked at for one event
inline constexpr std::size_t kEventsPerRequestMax = 1'000;    // of one CloudEvents batch
inline constexpr std::size_t kEventAttributeBytesMax = 1'024;  // of one CloudEvents attribute
inline constexpr std::size_t kPublishersMax = 20;             // entries of one execution's `notify`
inline constexpr std::size_t kSubscriptionsMax = 100;
inline constexpr std::size_t kNoticesWaitingMax = 50'000;     // transitions between engine and notifier
inline constexpr std::size_t kDeliveriesWaitingMax = 5'000;   // of one address; more are read again from the store
inline constexpr unsigned kDeliveryTriesMax = 8;              // of one `notify` delivery; subscriptions do not give up
inline constexpr std::int64_t kDeliveryBackoffMsMin = 250;    // first pause after a failed delivery; doubles
inline constexpr std::int64_t kDeliveryBackoffMsMax = 60'000;  // longest pause
inline constexpr std::int64_t kDeliveryTimeoutMs = 13'000;    // Mistral: 3 s to connect and 10 s to answer
inline constexpr std::uint32_t kExpiryBatchMax = 100;         // executions removed before others get their turn
inline constexpr std::int64_t kExpiryIntervalMs = 60'000;     // between two looks for expired executions

// OverClouds.
inline constexpr std::int64_t kOvercloudWaitMs = 3'600'000;   // a request with wait=true at most; and its default
inline constexpr std::size_t kWaitersMax = 1'000;             // requests that wait for the end of an execution
inline constexpr std::int64_t kExecutionWaitMs = 60'000;      // one such request at most; and its default
inline constexpr std::int64_t kOvercloudBoxesMax = 100;       // logical clusters of one OverCloud
inline constexpr std::size_t kBoxesMax = 250;                 // local boxes of one slice (a /24)

}  // namespace foehn::limits
