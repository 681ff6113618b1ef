// RAII over SQLite: connection, statement, transaction. The only users are the other files of this
// folder. A Connection is used by one thread at a time; who hands it around does the locking (group_commit, readers).
#pragma once

#include <cstdint>
#include <forward_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace foehn::store {

class Connection;

// One use of a prepared statement: bind with add…(), step(), read with the getters; both go on from column to column.
// Errors of binding and preparing come out of step(). Given back to its connection when destroyed.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& add(std::int64_t number);
  Statement& add(WallTime time) { return add(time.us); }
  Statement& add(const std::optional<WallTime>& time) { return time ? add(*time) : add_null(); }
  Statement& add_text(std::string_view text);  // must live until the statement is done
  Statement& add_maybe_text(const std::optional<std::string>& text) { return text ? add_text(*text) : add_null(); }
  Statement& add_owned(std::string text);
  Statement& add_json(const Value& value) { return add_owned(to_json(value)); }
  Statement& add_bytes(std::string_view bytes);  // as add_text
  Statement& add(const Uuid& uuid);              // as add_text
  template <class Tag>
  Statement& add(const Id<Tag>& id) {
    return add(id.uuid);
  }
  template <class Tag>
  Statement& add(const std::optional<Id<Tag>>& id) {
    return id ? add(id->uuid) : add_null();
  }
  Statement& add_null();

  Result<bool> step();  // true: there is a row
  Status run();         // to the end; rows are ignored
  void again();         // ready to be bound and stepped once more

  bool is_null() const;  // the next column
  bool is_number() const;
  void skip() { ++column_; }
  std::int64_t number();
  WallTime time() { return {number()}; }
  std::optional<WallTime> maybe_time();
  std::string text();
  std::optional<std::string> maybe_text();
  std::string_view view();  // text or bytes; until the next step
  Uuid uuid();              // nil when it is not 16 bytes
  template <class SomeId>
  SomeId id() {
    return SomeId{uuid()};
  }
  template <class SomeId>
  std::optional<SomeId> maybe_id() {
    if (is_null()) return skip(), std::nullopt;
    return SomeId{uuid()};
  }
  Value json();  // SQL NULL → null; damaged text → error of the next step()
  const std::optional<Error>& damage() const { return damage_; }

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement, bool cached, int error)
      : connection_(&connection), statement_(statement), cached_(cached), error_(error) {}
  void bound(int result);

  Connection* connection_;
  sqlite3_stmt* statement_;
  bool cached_;
  int error_;
  int parameter_ = 0;
  int column_ = 0;
  std::forward_list<std::string> owned_;
  std::optional<Error> damage_;
};

struct ConnectionOptions {
  std::string path;
  bool read_only = false;  // never writes and never checkpoints
  std::int64_t cache_kib = 8'192;
  std::int64_t busy_timeout_ms = 5'000;
  std::int64_t pages_max = 0;  // of the database file; 0 = no bound
};

class Connection {
 public:
  // Errors: kIo with what is wrong with which file.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status execute(const std::string& script);
  Statement prepare(std::string_view sql);               // kept prepared; not while the same text is in use
  Statement prepare_once(std::string_view sql);          // for texts that differ from call to call
  Result<std::int64_t> number_of(std::string_view sql);  // the only column of the only row
  std::int64_t changes() const;                          // rows of the last INSERT, UPDATE or DELETE
  bool in_transaction() const;

  // Moves the WAL into the database file. Only the writer may; `truncate` also waits for readers and empties the file.
  Status checkpoint(bool truncate);
  std::int64_t wal_bytes() const { return wal_pages_ * page_size_; }  // after the last commit of this connection

  const std::string& path() const { return path_; }
  Error error(int result) const;  // of the last call, in words
  bool out_of_room() const;       // the last call failed because the disk (or pages_max) is full

 private:
  friend class Statement;
  explicit Connection(std::string path) : path_(std::move(path)) {}
  Status set_up(const ConnectionOptions& options);
  static int on_commit(void* self, sqlite3* db, const char* name, int pages);

  std::string path_;
  sqlite3* db_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> idle_;  // prepared and not in use
  std::int64_t page_size_ = 4'096;
  std::int64_t wal_pages_ = 0;
};

std::string sqlite_version();  // of the linked library

// BEGIN … COMMIT; rolled back when destroyed before.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace foehn::store
