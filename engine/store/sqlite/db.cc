#include "engine/store/sqlite/db.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "engine/base/check.h"

namespace foehn::store {

// ---- Statement

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      cached_(other.cached_),
      error_(other.error_),
      parameter_(other.parameter_),
      column_(other.column_),
      owned_(std::move(other.owned_)),
      damage_(std::move(other.damage_)) {}

Statement::~Statement() {
  if (!statement_) return;
  if (!cached_) {
    sqlite3_finalize(statement_);
    return;
  }
  again();
  connection_->idle_.find(sqlite3_sql(statement_))->second = statement_;
}

void Statement::bound(int result) {
  if (result != SQLITE_OK && error_ == SQLITE_OK) error_ = result;
}

Statement& Statement::add(std::int64_t number) {
  bound(sqlite3_bind_int64(statement_, ++parameter_, number));
  return *this;
}
Statement& Statement::add_text(std::string_view text) {
  const char* data = text.data() ? text.data() : "";  // a null pointer would be NULL
  bound(sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Statement& Statement::add_owned(std::string text) {
  owned_.push_front(std::move(text));
  return add_text(std::string_view(owned_.front()));
}
Statement& Statement::add_bytes(std::string_view bytes) {
  const char* data = bytes.data() ? bytes.data() : "";
  bound(sqlite3_bind_blob64(statement_, ++parameter_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}
Statement& Statement::add(const Uuid& uuid) {
  bound(sqlite3_bind_blob(statement_, ++parameter_, uuid.bytes.data(), 16, SQLITE_STATIC));
  return *this;
}
Statement& Statement::add_null() {
  bound(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

Result<bool> Statement::step() {
  if (damage_) return fail(*damage_);
  if (error_ == SQLITE_OK) {
    column_ = 0;
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    error_ = result;
  }
  return fail(connection_->error(error_));
}

Status Statement::run() {
  while (true) {
    FOEHN_TRY(const bool more, step());
    if (!more) return {};
  }
}

void Statement::again() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  owned_.clear();
  parameter_ = 0;
  column_ = 0;
}

bool Statement::is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }
bool Statement::is_number() const { return sqlite3_column_type(statement_, column_) == SQLITE_INTEGER; }
std::int64_t Statement::number() { return sqlite3_column_int64(statement_, column_++); }
std::optional<WallTime> Statement::maybe_time() {
  if (is_null()) return skip(), std::nullopt;
  return time();
}
std::string_view Statement::view() {
  const void* data = sqlite3_column_blob(statement_, column_);
  const int size = sqlite3_column_bytes(statement_, column_++);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}
std::string Statement::text() { return std::string(view()); }
std::optional<std::string> Statement::maybe_text() {
  if (is_null()) return skip(), std::nullopt;
  return text();
}
Uuid Statement::uuid() {
  const std::string_view bytes = view();
  Uuid uuid;
  if (bytes.size() == uuid.bytes.size()) std::memcpy(uuid.bytes.data(), bytes.data(), uuid.bytes.size());
  return uuid;
}
Value Statement::json() {
  if (is_null()) return skip(), Value();
  const std::string_view text = view();
  if (text == "{}") return Value::object();
  auto value = parse_json(text);
  if (value) return std::move(*value);
  damage_ =
      Error{ErrorCode::kIo, "the database " + connection_->path() + " holds a damaged value: " + value.error().message};
  return {};
}

// ---- Connection

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  std::unique_ptr<Connection> connection(new Connection(options.path));
  // NOMUTEX: a connection is never used by two threads at once.
  const int mode = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(options.path.c_str(), &connection->db_,
                                     mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (result != SQLITE_OK) return fail(connection->error(result));
  FOEHN_CHECK_OK(connection->set_up(options));
  return connection;
}

Status Connection::set_up(const ConnectionOptions& options) {
  sqlite3_busy_timeout(db_, static_cast<int>(options.busy_timeout_ms));
  // Only the writer checkpoints, and only when told to: see the WAL-reset defect of SQLite before 3.51
  // (https://sqlite.org/wal.html); memory mapping is off for the same caution.
  sqlite3_wal_hook(db_, &Connection::on_commit, this);
  std::string script = "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;";
  script += "PRAGMA cache_size=-" + std::to_string(options.cache_kib) + ";";
  if (options.read_only) {
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    script += "PRAGMA query_only=ON;";
    return execute(script);
  }
  if (options.pages_max > 0) script += "PRAGMA max_page_count=" + std::to_string(options.pages_max) + ";";
  script += "PRAGMA secure_delete=FAST; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;";
  FOEHN_CHECK_OK(execute(script));
  FOEHN_TRY(page_size_, number_of("PRAGMA page_size"));
  return {};
}

Connection::~Connection() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

int Connection::on_commit(void* self, sqlite3*, const char*, int pages) {
  static_cast<Connection*>(self)->wal_pages_ = pages;
  return SQLITE_OK;
}

Status Connection::execute(const std::string& script) {
  const int result = sqlite3_exec(db_, script.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return fail(error(result));
  return {};
}

Statement Connection::prepare(std::string_view sql) {
  const auto found = idle_.find(sql);
  if (found != idle_.end()) {
    // Null: the same text is in use further up, which would be a defect of ours.
    FOEHN_CHECK(found->second != nullptr);
    return Statement(*this, std::exchange(found->second, nullptr), true, SQLITE_OK);
  }
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (statement) idle_.emplace(sqlite3_sql(statement), nullptr);
  return Statement(*this, statement, true, result);
}

Statement Connection::prepare_once(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  return Statement(*this, statement, false, result);
}

Result<std::int64_t> Connection::number_of(std::string_view sql) {
  Statement statement = prepare_once(sql);
  FOEHN_TRY(const bool found, statement.step());
  return found ? statement.number() : 0;
}

std::int64_t Connection::changes() const { return sqlite3_changes64(db_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

Status Connection::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int result = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, nullptr);
  if (result != SQLITE_OK) return fail(error(result));
  return {};
}

bool Connection::out_of_room() const {
  const int result = sqlite3_extended_errcode(db_);
  if ((result & 0xff) == SQLITE_FULL) return true;
  if (result != SQLITE_IOERR_WRITE) return false;
  // Quotas and file size limits are plain write errors to SQLite; the log file remembers which.
  sqlite3_file* log = nullptr;
  int number = 0;
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log && log->pMethods) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number == EDQUOT || number == EFBIG || number == ENOSPC;
}

Error Connection::error(int result) const {
  const std::string detail = db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(result);
  const int system = db_ ? sqlite3_system_errno(db_) : errno;
  switch (result & 0xff) {
    case SQLITE_FULL:
      return {ErrorCode::kIo, "disk full: " + path_ + " cannot grow"};
    case SQLITE_IOERR: {
      if (db_ && out_of_room()) return {ErrorCode::kIo, "disk full: " + path_ + " cannot grow"};
      const std::string cause = system != 0 ? std::string(std::strerror(system)) : detail;
      return {ErrorCode::kIo, "cannot read or write " + path_ + ": " + cause};
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, path_ + " is locked by another process"};
    case SQLITE_READONLY:
      return {ErrorCode::kIo, path_ + " is not writable: " + detail};
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kIo,
              "cannot open " + path_ + ": " + (system != 0 ? std::string(std::strerror(system)) : detail)};
    case SQLITE_CORRUPT:
      return {ErrorCode::kIo, path_ + " is damaged (" + detail + "): restore it from a backup"};
    case SQLITE_NOTADB:
      return {ErrorCode::kIo, path_ + " is not a database: it is damaged or another program's file"};
    case SQLITE_TOOBIG:
      return {ErrorCode::kInvalidArgument, "a value is too large to be stored"};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::kAlreadyExists, detail};
    default:
      return {ErrorCode::kInternal, "SQLite: " + detail + " (" + std::to_string(result) + ") on " + path_};
  }
}

std::string sqlite_version() { return sqlite3_libversion(); }

// ---- Transaction

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  FOEHN_CHECK_OK(connection.prepare(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN").run());
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ && connection_->in_transaction()) static_cast<void>(connection_->prepare("ROLLBACK").run());
}

Status Transaction::commit() {
  FOEHN_CHECK_OK(connection_->prepare("COMMIT").run());
  connection_ = nullptr;
  return {};
}

}  // namespace foehn::store
