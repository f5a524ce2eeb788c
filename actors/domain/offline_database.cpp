#include "actors/domain/offline_database.hpp"

#include "actors/domain/sqlite.hpp"

#include <map>
#include <optional>
#include <utility>

namespace causeway {

namespace {

struct account_name {
  explicit account_name(std::string_view bare)
    : local{bare.substr(0, bare.find('@'))}, domain{bare.substr(
                                               bare.find('@') + 1)} {}
  std::string_view local;
  std::string_view domain;
};

/// What one account has already.
struct usage {
  bool exists = false;
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

std::optional<usage> usage_of(
  sqlite_connection& db, const account_name& account) {
  sqlite_statement x{db,
    "SELECT EXISTS (SELECT 1 FROM account WHERE domain = ?1 AND local = ?2),"
    " count(*), coalesce(sum(length(bytes)), 0) FROM offline"
    " WHERE domain = ?1 AND local = ?2"};
  if (!x.text(account.domain).text(account.local).next_row())
    return std::nullopt;
  return usage{x.number(0) != 0, static_cast<std::size_t>(x.number(1)),
    static_cast<std::size_t>(x.number(2))};
}

} // namespace

offline_database::result<std::shared_ptr<offline_database>>
offline_database::open(const std::string& path, offline_limits limits) {
  auto connection = sqlite_connection::open(path);
  if (!connection)
    return connection.error();
  return std::make_shared<offline_database>(std::move(*connection), limits);
}

offline_database::offline_database(
  std::shared_ptr<sqlite_connection> connection, offline_limits limits)
  : connection_{std::move(connection)}, limits_{limits} {}

offline_database::~offline_database() = default;

offline_database::result<std::vector<offline_database::outcome>>
offline_database::write(
  const std::vector<message>& added, const std::vector<offline_id>& done) {
  auto& db = *connection_;
  sqlite_transaction all{db};
  if (!all.is_open())
    return db.error();
  sqlite_statement remove{db, "DELETE FROM offline WHERE id = ?"};
  for (auto id : done) {
    if (!remove.integer(id).run())
      return db.error();
    remove.reset();
  }
  sqlite_statement insert{db,
    "INSERT INTO offline (domain, local, stamp, bytes)"
    " VALUES (?, ?, ?, ?)"};
  sqlite_statement take_over{db, "DELETE FROM journal WHERE id = ?"};
  std::map<std::string_view, usage> known;
  std::vector<outcome> out;
  for (auto& x : added) {
    account_name account{x.account};
    auto [at, is_new] = known.try_emplace(x.account);
    auto& used = at->second;
    if (is_new) {
      auto found = usage_of(db, account);
      if (!found)
        return db.error();
      used = *found;
    }
    if (!used.exists) {
      out.push_back(outcome::no_such_account);
      continue;
    }
    if (used.messages >= limits_.messages
        || used.bytes + x.bytes.size() > limits_.bytes) {
      out.push_back(outcome::full);
      continue;
    }
    insert.text(account.domain).text(account.local);
    if (!insert.integer(to_stamp(x.stamp)).blob(x.bytes).run())
      return db.error();
    insert.reset();
    if (x.journal != 0 && !take_over.reset().integer(x.journal).run())
      return db.error();
    ++used.messages;
    used.bytes += x.bytes.size();
    out.push_back(outcome::stored);
  }
  if (!all.commit())
    return db.error();
  return out;
}

offline_database::result<offline_database::page> offline_database::oldest(
  std::string_view account, offline_limits most,
  const std::function<bool(offline_id)>& skip) {
  account_name name{account};
  sqlite_statement x{*connection_,
    "SELECT id, stamp, bytes FROM offline WHERE domain = ? AND local = ?"
    " ORDER BY id"};
  x.text(name.domain).text(name.local);
  page out;
  std::size_t bytes = 0;
  while (x.next_row()) {
    if (skip(x.number(0)))
      continue;
    stored_message next{x.number(0), from_stamp(x.number(1)), x.column(2)};
    auto fits = out.messages.size() < most.messages
                && bytes + next.bytes.size() <= most.bytes;
    if (!fits && !out.messages.empty()) {
      out.complete = false;
      return out;
    }
    bytes += next.bytes.size();
    out.messages.push_back(std::move(next));
  }
  if (!x.is_done())
    return connection_->error();
  return out;
}

offline_database::result<std::uint64_t> offline_database::count() {
  sqlite_statement x{*connection_, "SELECT count(*) FROM offline"};
  if (!x.next_row())
    return connection_->error();
  return static_cast<std::uint64_t>(x.number(0));
}

} // namespace causeway
