#pragma once

#include "actors/domain/account_database.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace causeway {

/// The one that reads and writes accounts.
struct account_store_state {
  static inline const char* name = "account_store";

  explicit account_store_state(account_store_actor::pointer self)
    : self{self} {}

  caf::result<credentials_answer> find(const credentials_query& x);
  caf::result<password_answer> check(const password_query& x);
  account_reply perform(const account_command& x);
  actor_snapshot snapshot();

  /// Keys, or made-up ones; the reason if the database fails.
  account_database::result<credentials_answer> look_up(
    const std::string& username, const std::string& domain,
    protocol::scram_hash hash);
  account_reply add(const account_command& x);
  account_reply set_password(const account_command& x);
  account_reply remove(const account_command& x);
  account_reply list(const account_command& x);
  account_reply unless_missing(
    const account_command& x, const account_database::result<bool>& done);
  account_keys derive(
    const std::string& password, const std::string& domain) const;
  std::uint32_t iterations(const std::string& domain) const;
  /// Logs what the database says; returns it for whoever asked.
  std::string failed(std::string reason);

  account_store_actor::pointer self;
  std::shared_ptr<account_database> database;
  std::map<std::string, config::domain> domains;
  random_source random;
  vitals life;
};

/// Spawn it detached: deriving keys takes milliseconds, the disk longer.
/// `domains` by name; `random` makes salts. A new store may take over the
/// database of one that died.
account_store_actor::behavior_type account_store(
  account_store_actor::stateful_pointer<account_store_state> self,
  std::shared_ptr<account_database> database,
  std::map<std::string, config::domain> domains, random_source random);

} // namespace causeway
