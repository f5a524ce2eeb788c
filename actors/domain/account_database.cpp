#include "actors/domain/account_database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace causeway {

namespace {

// WAL keeps a reader off the writer's way. FULL: an account or a password
// that was reported as stored survives a power cut; this is written seldom.
constexpr const char* settings = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
)";

/// Each step leads to the next schema version; a new file takes all of them.
constexpr const char* schema_steps[] = {
  R"(
  CREATE TABLE secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE account (
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    PRIMARY KEY (domain, local)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE scram_key (
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    hash TEXT NOT NULL,
    salt BLOB NOT NULL,
    iterations INTEGER NOT NULL,
    stored_key BLOB NOT NULL,
    server_key BLOB NOT NULL,
    PRIMARY KEY (domain, local, hash),
    FOREIGN KEY (domain, local) REFERENCES account ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
)",
  // The iteration counts that keys of a domain were ever made with.
  R"(
  CREATE TABLE iteration_count (
    domain TEXT NOT NULL,
    iterations INTEGER NOT NULL,
    PRIMARY KEY (domain, iterations)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO iteration_count SELECT DISTINCT domain, iterations FROM scram_key;
  PRAGMA user_version = 2;
)"};

constexpr std::int64_t schema_version = std::size(schema_steps);

constexpr protocol::scram_hash all_hashes[] = {protocol::scram_hash::sha1,
  protocol::scram_hash::sha256, protocol::scram_hash::sha512};

/// Makes the file before SQLite would with a mode that others can read.
std::string make_private(const std::string& path) {
  auto file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return "cannot open " + path + ": " + std::strerror(errno);
  std::string fault;
  if (::fchmod(file, 0600) != 0)
    fault = "cannot protect " + path + ": " + std::strerror(errno);
  ::close(file);
  return fault;
}

} // namespace

/// One prepared statement with its parameters bound in order.
class account_database::statement {
 public:
  statement(sqlite3* db, const char* sql) {
    sqlite3_prepare_v2(db, sql, -1, &handle_, nullptr);
  }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  ~statement() { sqlite3_finalize(handle_); }

  statement& text(std::string_view x) {
    sqlite3_bind_text(handle_, ++bound_, x.data(), static_cast<int>(x.size()),
      SQLITE_TRANSIENT);
    return *this;
  }
  statement& blob(std::string_view x) {
    sqlite3_bind_blob(handle_, ++bound_, x.data(), static_cast<int>(x.size()),
      SQLITE_TRANSIENT);
    return *this;
  }
  statement& integer(std::int64_t x) {
    sqlite3_bind_int64(handle_, ++bound_, x);
    return *this;
  }

  /// SQLITE_ROW, SQLITE_DONE or an error; a null statement is a misuse.
  int step() { return sqlite3_step(handle_); }

  std::string column(int i) const {
    auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, i));
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, i));
    return bytes ? std::string(bytes, size) : std::string{};
  }
  std::int64_t number(int i) const { return sqlite3_column_int64(handle_, i); }

 private:
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
};

/// Rolls back unless committed.
class account_database::transaction {
 public:
  explicit transaction(account_database& db)
    : db_{db}, open_{db.execute("BEGIN IMMEDIATE")} {}
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction() {
    if (open_)
      db_.execute("ROLLBACK");
  }

  bool is_open() const { return open_; }
  bool commit() {
    if (!db_.execute("COMMIT"))
      return false;
    open_ = false;
    return true;
  }

 private:
  account_database& db_;
  bool open_;
};

account_database::~account_database() {
  sqlite3_close(db_);
}

account_database::result<std::shared_ptr<account_database>>
account_database::open(const std::string& path, const random_source& random) {
  if (auto fault = make_private(path); !fault.empty())
    return fault;
  sqlite3* db = nullptr;
  auto status = sqlite3_open_v2(
    path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::shared_ptr<account_database> out{new account_database{db}};
  if (status != SQLITE_OK)
    return "cannot open " + path + ": " + sqlite3_errstr(status);
  sqlite3_busy_timeout(db, 5'000);
  if (auto fault = out->prepare(random); !fault.empty())
    return path + ": " + fault;
  return out;
}

std::string account_database::prepare(const random_source& random) {
  if (!execute(settings))
    return error();
  transaction all{*this};
  if (!all.is_open())
    return error();
  statement version{db_, "PRAGMA user_version"};
  if (version.step() != SQLITE_ROW)
    return error();
  auto found = version.number(0);
  if (found < 0 || found > schema_version)
    return "schema version " + std::to_string(found) + " is not "
           + std::to_string(schema_version);
  for (auto i = found; i < schema_version; ++i)
    if (!execute(schema_steps[i]))
      return error();
  if (found == 0) {
    statement insert{db_, "INSERT INTO secret VALUES (1, ?)"};
    if (insert.blob(random(32)).step() != SQLITE_DONE)
      return error();
  }
  statement secret{db_, "SELECT value FROM secret"};
  if (secret.step() != SQLITE_ROW)
    return error();
  secret_ = secret.column(0);
  return all.commit() ? std::string{} : error();
}

account_database::result<bool> account_database::add(const std::string& local,
  const std::string& domain, const account_keys& keys) {
  transaction all{*this};
  statement insert{db_, "INSERT OR IGNORE INTO account VALUES (?, ?)"};
  if (!all.is_open() || insert.text(domain).text(local).step() != SQLITE_DONE)
    return error();
  if (sqlite3_changes(db_) == 0)
    return false;
  if (!write_keys(local, domain, keys) || !all.commit())
    return error();
  return true;
}

account_database::result<bool> account_database::set_keys(
  const std::string& local, const std::string& domain,
  const account_keys& keys) {
  transaction all{*this};
  statement find{db_, "SELECT 1 FROM account WHERE domain = ? AND local = ?"};
  if (!all.is_open())
    return error();
  auto status = find.text(domain).text(local).step();
  if (status == SQLITE_DONE)
    return false;
  if (status != SQLITE_ROW || !write_keys(local, domain, keys) || !all.commit())
    return error();
  return true;
}

bool account_database::write_keys(const std::string& local,
  const std::string& domain, const account_keys& keys) {
  for (auto hash : all_hashes) {
    auto& x = keys[static_cast<std::size_t>(hash)];
    statement insert{
      db_, "INSERT OR REPLACE INTO scram_key VALUES (?, ?, ?, ?, ?, ?, ?)"};
    insert.text(domain).text(local).text(to_string(hash)).blob(x.salt);
    insert.integer(x.iterations).blob(x.stored_key).blob(x.server_key);
    if (insert.step() != SQLITE_DONE)
      return false;
    statement count{db_, "INSERT OR IGNORE INTO iteration_count VALUES (?, ?)"};
    if (count.text(domain).integer(x.iterations).step() != SQLITE_DONE)
      return false;
  }
  return true;
}

account_database::result<bool> account_database::remove(
  const std::string& local, const std::string& domain) {
  statement remove{db_, "DELETE FROM account WHERE domain = ? AND local = ?"};
  if (remove.text(domain).text(local).step() != SQLITE_DONE)
    return error();
  return sqlite3_changes(db_) > 0;
}

account_database::result<std::optional<protocol::scram_credentials>>
account_database::find(const std::string& local, const std::string& domain,
  protocol::scram_hash hash) {
  statement find{db_, "SELECT salt, iterations, stored_key, server_key"
                      " FROM scram_key"
                      " WHERE domain = ? AND local = ? AND hash = ?"};
  auto status = find.text(domain).text(local).text(to_string(hash)).step();
  std::optional<protocol::scram_credentials> out;
  if (status == SQLITE_ROW)
    out = protocol::scram_credentials{find.column(0),
      static_cast<std::uint32_t>(find.number(1)), find.column(2),
      find.column(3)};
  else if (status != SQLITE_DONE)
    return {boost::system::in_place_error, error()};
  return out;
}

account_database::result<std::vector<std::uint32_t>>
account_database::iteration_counts(const std::string& domain) {
  statement all{db_, "SELECT iterations FROM iteration_count WHERE domain = ?"};
  all.text(domain);
  std::vector<std::uint32_t> out;
  int status = 0;
  while ((status = all.step()) == SQLITE_ROW)
    out.push_back(static_cast<std::uint32_t>(all.number(0)));
  if (status != SQLITE_DONE)
    return error();
  return out;
}

account_database::result<std::uint64_t> account_database::count() {
  statement count{db_, "SELECT count(*) FROM account"};
  if (count.step() != SQLITE_ROW)
    return error();
  return static_cast<std::uint64_t>(count.number(0));
}

account_database::result<std::vector<std::string>> account_database::list(
  const std::string& domain) {
  statement all{db_, "SELECT local || '@' || domain AS jid FROM account"
                     " WHERE ?1 = '' OR domain = ?1 ORDER BY jid"};
  all.text(domain);
  std::vector<std::string> out;
  int status = 0;
  while ((status = all.step()) == SQLITE_ROW)
    out.push_back(all.column(0));
  if (status != SQLITE_DONE)
    return error();
  return out;
}

bool account_database::execute(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::string account_database::error() const {
  return sqlite3_errmsg(db_);
}

} // namespace causeway
