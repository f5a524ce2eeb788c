#include "actors/domain/journal_database.hpp"

#include "actors/domain/sqlite.hpp"
#include "protocol/overload.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace causeway {

namespace {

// SQLite has signed integers only.
std::int64_t to_signed(std::uint64_t x) {
  return static_cast<std::int64_t>(x);
}

std::uint32_t counter_at(const sqlite_statement& x, int column) {
  return static_cast<std::uint32_t>(x.number(column));
}

session_key key_at(const sqlite_statement& x, int column) {
  return {static_cast<std::uint64_t>(x.number(column)),
    static_cast<std::uint64_t>(x.number(column + 1))};
}

/// 0 stands for a session that has its connection.
std::int64_t stamp_of(const std::optional<journal_time>& x) {
  return x ? to_stamp(*x) : 0;
}

} // namespace

/// One statement for each change, prepared once.
class journal_database::changer {
 public:
  explicit changer(sqlite_connection& db) : db_{db} {}

  bool operator()(const session_saved& x) {
    auto& session = x.session;
    auto at = session.full.find('@');
    auto slash = session.full.find('/');
    std::string_view full = session.full;
    bind(save_.reset(), session.key);
    save_.text(full.substr(at + 1, slash - at - 1)).text(full.substr(0, at));
    save_.text(full.substr(slash + 1)).text(session.lang);
    save_.integer(session.received).integer(session.sent);
    save_.integer(session.window.count()).integer(stamp_of(session.parked));
    return save_.blob(session.presence).run();
  }

  bool operator()(const session_received& x) {
    if (!bind(receive_.reset().integer(x.received), x.key).run())
      return false;
    return !x.presence
           || bind(announce_.reset().blob(*x.presence), x.key).run();
  }

  bool operator()(const session_parked& x) {
    return bind(park_.reset().integer(stamp_of(x.since)), x.key).run();
  }

  bool operator()(const session_dropped& x) {
    return bind(drop_.reset(), x.key).run();
  }

  bool operator()(const stanza_written& x) {
    auto& write = x.is_known ? update_ : insert_;
    bind(write.reset(), x.owner).integer(x.seq).integer(to_stamp(x.stamp));
    if (!write.blob(x.stanza->bytes).integer(x.id).run())
      return false;
    if (x.owner && !bind(send_.reset().integer(x.seq), x.owner).run())
      return false;
    return !x.offline || take_over_.reset().integer(x.offline->number()).run();
  }

  bool operator()(const stanza_erased& x) {
    return erase_.reset().integer(x.id).run();
  }

 private:
  static sqlite_statement& bind(sqlite_statement& x, const session_key& key) {
    return x.integer(to_signed(key.incarnation)).integer(to_signed(key.number));
  }

  sqlite_connection& db_;
  sqlite_statement save_{db_,
    "INSERT OR REPLACE INTO session (incarnation, number, domain, local,"
    " resource, lang, received, sent, window, parked, presence)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  sqlite_statement receive_{db_,
    "UPDATE session SET received = ? WHERE incarnation = ? AND number = ?"};
  sqlite_statement announce_{db_,
    "UPDATE session SET presence = ? WHERE incarnation = ? AND number = ?"};
  sqlite_statement park_{
    db_, "UPDATE session SET parked = ? WHERE incarnation = ? AND number = ?"};
  sqlite_statement send_{
    db_, "UPDATE session SET sent = ? WHERE incarnation = ? AND number = ?"};
  sqlite_statement drop_{
    db_, "DELETE FROM session WHERE incarnation = ? AND number = ?"};
  sqlite_statement insert_{db_,
    "INSERT INTO journal (incarnation, number, seq, stamp, bytes, id)"
    " VALUES (?, ?, ?, ?, ?, ?)"};
  sqlite_statement update_{db_,
    "UPDATE journal SET incarnation = ?, number = ?, seq = ?, stamp = ?,"
    " bytes = ? WHERE id = ?"};
  sqlite_statement erase_{db_, "DELETE FROM journal WHERE id = ?"};
  sqlite_statement take_over_{db_, "DELETE FROM offline WHERE id = ?"};
};

journal_database::result<std::shared_ptr<journal_database>>
journal_database::open(const std::string& path) {
  auto connection = sqlite_connection::open(path);
  if (!connection)
    return connection.error();
  return std::make_shared<journal_database>(std::move(*connection));
}

journal_database::journal_database(
  std::shared_ptr<sqlite_connection> connection)
  : connection_{std::move(connection)} {}

journal_database::~journal_database() = default;

std::string journal_database::apply(
  const std::vector<const journal_change*>& changes) {
  auto& db = *connection_;
  sqlite_transaction all{db};
  if (!all.is_open())
    return db.error();
  if (!changer_)
    changer_ = std::make_unique<changer>(db);
  for (auto* x : changes)
    if (!std::visit(*changer_, *x)) {
      auto fault = db.error();
      changer_ = nullptr;
      return fault;
    }
  return all.commit() ? std::string{} : db.error();
}

journal_database::result<journal_contents> journal_database::load() {
  journal_contents out;
  std::map<session_key, std::size_t> known;
  sqlite_statement sessions{*connection_,
    "SELECT incarnation, number, local, domain, resource, lang, received, sent,"
    " window, parked, presence, EXISTS (SELECT 1 FROM account"
    " WHERE account.domain = session.domain"
    " AND account.local = session.local) FROM session"
    " ORDER BY incarnation, number"};
  while (sessions.next_row()) {
    stored_session x;
    x.record.key = key_at(sessions, 0);
    x.record.full =
      sessions.column(2) + '@' + sessions.column(3) + '/' + sessions.column(4);
    x.record.lang = sessions.column(5);
    x.record.received = counter_at(sessions, 6);
    x.record.sent = counter_at(sessions, 7);
    x.record.window = std::chrono::seconds{sessions.number(8)};
    if (auto since = sessions.number(9))
      x.record.parked = from_stamp(since);
    x.record.presence = sessions.column(10);
    x.has_account = sessions.number(11) != 0;
    known.emplace(x.record.key, out.sessions.size());
    out.sessions.push_back(std::move(x));
  }
  if (!sessions.is_done())
    return connection_->error();
  sqlite_statement stanzas{*connection_,
    "SELECT id, incarnation, number, seq, stamp, bytes FROM journal"
    " ORDER BY id"};
  while (stanzas.next_row()) {
    out.last = stanzas.number(0);
    auto owner = known.find(key_at(stanzas, 1));
    auto& to =
      owner == known.end() ? out.loose : out.sessions[owner->second].unacked;
    to.push_back({out.last, counter_at(stanzas, 3),
      from_stamp(stanzas.number(4)), stanzas.column(5)});
  }
  if (!stanzas.is_done())
    return connection_->error();
  return out;
}

} // namespace causeway
