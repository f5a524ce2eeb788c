#pragma once

#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace causeway {

/// How a time is kept: whole milliseconds.
inline std::int64_t to_stamp(std::chrono::system_clock::time_point x) {
  return std::chrono::floor<std::chrono::milliseconds>(x.time_since_epoch())
    .count();
}

inline std::chrono::system_clock::time_point from_stamp(std::int64_t x) {
  return std::chrono::system_clock::time_point{std::chrono::milliseconds{x}};
}

/// One connection to a database; used by one thread at a time.
class sqlite_connection {
 public:
  /// A database of this connection alone, which ends with it.
  static constexpr const char* in_memory = ":memory:";

  /// Opens a file that exists. What is committed survives a power cut; another
  /// writer is waited for, up to 5 s.
  static protocol::result<std::shared_ptr<sqlite_connection>, std::string> open(
    const std::string& path);

  sqlite_connection(const sqlite_connection&) = delete;
  sqlite_connection& operator=(const sqlite_connection&) = delete;
  ~sqlite_connection();

  bool execute(const char* sql);
  /// Rows that the last statement changed.
  int changes() const;
  /// What the last failure was about.
  std::string error() const;
  sqlite3* handle() const { return db_; }

 private:
  explicit sqlite_connection(sqlite3* db) : db_{db} {}

  sqlite3* db_;
};

/// One prepared statement with its parameters bound in order. One that could
/// not be prepared has no rows and is never done.
class sqlite_statement {
 public:
  sqlite_statement(sqlite_connection& db, const char* sql);
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;
  ~sqlite_statement();

  sqlite_statement& text(std::string_view x);
  sqlite_statement& blob(std::string_view x);
  sqlite_statement& integer(std::int64_t x);

  /// False when there is none left, or on failure: see `is_done`.
  bool next_row();
  bool is_done() const { return done_; }
  /// For a statement without rows; false on failure.
  bool run() { return !next_row() && done_; }
  /// Ready for other parameters.
  sqlite_statement& reset();

  std::string column(int i) const;
  std::int64_t number(int i) const;

 private:
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
  bool done_ = false;
};

/// Rolls back unless committed.
class sqlite_transaction {
 public:
  explicit sqlite_transaction(sqlite_connection& db);
  sqlite_transaction(const sqlite_transaction&) = delete;
  sqlite_transaction& operator=(const sqlite_transaction&) = delete;
  ~sqlite_transaction();

  bool is_open() const { return open_; }
  bool commit();

 private:
  sqlite_connection& db_;
  bool open_;
};

} // namespace causeway
