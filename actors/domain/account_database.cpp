#include "actors/domain/account_database.hpp"

#include "actors/domain/sqlite.hpp"

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
)",
  // Messages for those who are offline, oldest first; see offline_database. An
  // id is never used again: a late deletion must not hit another message.
  R"(
  CREATE TABLE offline (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    FOREIGN KEY (domain, local) REFERENCES account ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX offline_of_account ON offline (domain, local);
  PRAGMA user_version = 3;
)",
  // Sessions that outlive their process, and stanzas on their way; see
  // journal_database.
  R"(
  CREATE TABLE session (
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    resource TEXT NOT NULL,
    lang TEXT NOT NULL,
    received INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    window INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    presence BLOB NOT NULL,
    PRIMARY KEY (incarnation, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  PRAGMA user_version = 4;
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

account_database::account_database(std::shared_ptr<sqlite_connection> x)
  : connection_{std::move(x)} {}

account_database::~account_database() = default;

account_database::result<std::shared_ptr<account_database>>
account_database::open(const std::string& path, const random_source& random) {
  if (path != sqlite_connection::in_memory)
    if (auto fault = make_private(path); !fault.empty())
      return fault;
  auto connection = sqlite_connection::open(path);
  if (!connection)
    return connection.error();
  std::shared_ptr<account_database> out{new account_database{*connection}};
  if (auto fault = out->prepare(random); !fault.empty())
    return path + ": " + fault;
  return out;
}

std::string account_database::prepare(const random_source& random) {
  auto& db = *connection_;
  sqlite_transaction all{db};
  if (!all.is_open())
    return db.error();
  sqlite_statement version{db, "PRAGMA user_version"};
  if (!version.next_row())
    return db.error();
  auto found = version.number(0);
  if (found < 0 || found > schema_version)
    return "schema version " + std::to_string(found) + " is not "
           + std::to_string(schema_version);
  for (auto i = found; i < schema_version; ++i)
    if (!db.execute(schema_steps[i]))
      return db.error();
  if (found == 0) {
    sqlite_statement insert{db, "INSERT INTO secret VALUES (1, ?)"};
    if (!insert.blob(random(32)).run())
      return db.error();
  }
  sqlite_statement secret{db, "SELECT value FROM secret"};
  if (!secret.next_row())
    return db.error();
  secret_ = secret.column(0);
  return all.commit() ? std::string{} : db.error();
}

account_database::result<bool> account_database::add(const std::string& local,
  const std::string& domain, const account_keys& keys) {
  auto& db = *connection_;
  sqlite_transaction all{db};
  sqlite_statement insert{db, "INSERT OR IGNORE INTO account VALUES (?, ?)"};
  if (!all.is_open() || !insert.text(domain).text(local).run())
    return db.error();
  if (db.changes() == 0)
    return false;
  if (!write_keys(local, domain, keys) || !all.commit())
    return db.error();
  return true;
}

account_database::result<bool> account_database::set_keys(
  const std::string& local, const std::string& domain,
  const account_keys& keys) {
  auto& db = *connection_;
  sqlite_transaction all{db};
  sqlite_statement find{
    db, "SELECT 1 FROM account WHERE domain = ? AND local = ?"};
  if (!all.is_open())
    return db.error();
  auto exists = find.text(domain).text(local).next_row();
  if (!exists && find.is_done())
    return false;
  if (!exists || !write_keys(local, domain, keys) || !all.commit())
    return db.error();
  return true;
}

bool account_database::write_keys(const std::string& local,
  const std::string& domain, const account_keys& keys) {
  for (auto hash : all_hashes) {
    auto& x = keys[static_cast<std::size_t>(hash)];
    sqlite_statement insert{*connection_,
      "INSERT OR REPLACE INTO scram_key VALUES (?, ?, ?, ?, ?, ?, ?)"};
    insert.text(domain).text(local).text(to_string(hash)).blob(x.salt);
    insert.integer(x.iterations).blob(x.stored_key).blob(x.server_key);
    if (!insert.run())
      return false;
    sqlite_statement count{
      *connection_, "INSERT OR IGNORE INTO iteration_count VALUES (?, ?)"};
    if (!count.text(domain).integer(x.iterations).run())
      return false;
  }
  return true;
}

account_database::result<bool> account_database::remove(
  const std::string& local, const std::string& domain) {
  auto& db = *connection_;
  sqlite_statement remove{
    db, "DELETE FROM account WHERE domain = ? AND local = ?"};
  if (!remove.text(domain).text(local).run())
    return db.error();
  return db.changes() > 0;
}

account_database::result<std::optional<protocol::scram_credentials>>
account_database::find(const std::string& local, const std::string& domain,
  protocol::scram_hash hash) {
  sqlite_statement find{*connection_,
    "SELECT salt, iterations, stored_key, server_key FROM scram_key"
    " WHERE domain = ? AND local = ? AND hash = ?"};
  find.text(domain).text(local).text(to_string(hash));
  std::optional<protocol::scram_credentials> out;
  if (find.next_row())
    out = protocol::scram_credentials{find.column(0),
      static_cast<std::uint32_t>(find.number(1)), find.column(2),
      find.column(3)};
  else if (!find.is_done())
    return {boost::system::in_place_error, connection_->error()};
  return out;
}

account_database::result<std::vector<std::uint32_t>>
account_database::iteration_counts(const std::string& domain) {
  sqlite_statement all{
    *connection_, "SELECT iterations FROM iteration_count WHERE domain = ?"};
  all.text(domain);
  std::vector<std::uint32_t> out;
  while (all.next_row())
    out.push_back(static_cast<std::uint32_t>(all.number(0)));
  if (!all.is_done())
    return connection_->error();
  return out;
}

account_database::result<std::uint64_t> account_database::count() {
  sqlite_statement count{*connection_, "SELECT count(*) FROM account"};
  if (!count.next_row())
    return connection_->error();
  return static_cast<std::uint64_t>(count.number(0));
}

account_database::result<std::vector<std::string>> account_database::list(
  const std::string& domain) {
  sqlite_statement all{*connection_,
    "SELECT local || '@' || domain AS jid FROM account"
    " WHERE ?1 = '' OR domain = ?1 ORDER BY jid"};
  all.text(domain);
  std::vector<std::string> out;
  while (all.next_row())
    out.push_back(all.column(0));
  if (!all.is_done())
    return connection_->error();
  return out;
}

} // namespace causeway
