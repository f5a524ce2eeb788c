#include "actors/domain/sqlite.hpp"

#include <sqlite3.h>

namespace causeway {

namespace {

constexpr int busy_timeout_ms = 5'000;

// WAL keeps a reader off the writer's way. FULL: what was reported as stored
// survives a power cut.
constexpr const char* settings = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
)";

} // namespace

protocol::result<std::shared_ptr<sqlite_connection>, std::string>
sqlite_connection::open(const std::string& path) {
  sqlite3* db = nullptr;
  auto status = sqlite3_open_v2(
    path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::shared_ptr<sqlite_connection> out{new sqlite_connection{db}};
  if (status != SQLITE_OK)
    return "cannot open " + path + ": " + sqlite3_errstr(status);
  sqlite3_busy_timeout(db, busy_timeout_ms);
  if (!out->execute(settings))
    return path + ": " + out->error();
  return out;
}

sqlite_connection::~sqlite_connection() {
  sqlite3_close(db_);
}

bool sqlite_connection::execute(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

int sqlite_connection::changes() const {
  return sqlite3_changes(db_);
}

std::string sqlite_connection::error() const {
  return sqlite3_errmsg(db_);
}

sqlite_statement::sqlite_statement(sqlite_connection& db, const char* sql) {
  sqlite3_prepare_v2(db.handle(), sql, -1, &handle_, nullptr);
}

sqlite_statement::~sqlite_statement() {
  sqlite3_finalize(handle_);
}

sqlite_statement& sqlite_statement::text(std::string_view x) {
  sqlite3_bind_text(
    handle_, ++bound_, x.data(), static_cast<int>(x.size()), SQLITE_TRANSIENT);
  return *this;
}

sqlite_statement& sqlite_statement::blob(std::string_view x) {
  sqlite3_bind_blob(
    handle_, ++bound_, x.data(), static_cast<int>(x.size()), SQLITE_TRANSIENT);
  return *this;
}

sqlite_statement& sqlite_statement::integer(std::int64_t x) {
  sqlite3_bind_int64(handle_, ++bound_, x);
  return *this;
}

bool sqlite_statement::next_row() {
  // A null statement is a misuse.
  auto status = sqlite3_step(handle_);
  done_ = status == SQLITE_DONE;
  return status == SQLITE_ROW;
}

sqlite_statement& sqlite_statement::reset() {
  sqlite3_reset(handle_);
  bound_ = 0;
  done_ = false;
  return *this;
}

std::string sqlite_statement::column(int i) const {
  auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, i));
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, i));
  return bytes ? std::string(bytes, size) : std::string{};
}

std::int64_t sqlite_statement::number(int i) const {
  return sqlite3_column_int64(handle_, i);
}

sqlite_transaction::sqlite_transaction(sqlite_connection& db)
  : db_{db}, open_{db.execute("BEGIN IMMEDIATE")} {}

sqlite_transaction::~sqlite_transaction() {
  if (open_)
    db_.execute("ROLLBACK");
}

bool sqlite_transaction::commit() {
  if (!db_.execute("COMMIT"))
    return false;
  open_ = false;
  return true;
}

} // namespace causeway
