#include "actors/domain/account_store.hpp"

#include "actors/inspect/event_log.hpp"
#include "protocol/precis.hpp"

#include <caf/sec.hpp>

#include <utility>

namespace causeway {

namespace {

constexpr std::size_t salt_bytes = 16;

/// What a password that comes in the clear is checked against.
constexpr auto password_hash = protocol::scram_hash::sha256;

std::string jid_of(const std::string& local, const std::string& domain) {
  return local + '@' + domain;
}

account_reply refusal(std::string reason) {
  return {std::move(reason), {}};
}

/// The form in which a password is stored and compared.
protocol::result<std::string, account_reply> prepare(const account_command& x) {
  if (x.password.empty())
    return refusal("empty password");
  auto prepared = protocol::opaque_string(x.password);
  if (!prepared)
    return refusal(
      "the password has a character that passwords may not have: one that is "
      "invisible, unassigned or no UTF-8 (RFC 8265, OpaqueString)");
  return {boost::system::in_place_value, std::move(*prepared)};
}

} // namespace

account_database::result<credentials_answer> account_store_state::look_up(
  const std::string& username, const std::string& domain,
  protocol::scram_hash hash) {
  // All of this for everybody, so that time tells nothing either.
  auto counts = database->iteration_counts(domain);
  if (!counts)
    return failed(counts.error());
  if (counts->empty())
    counts->push_back(iterations(domain));
  auto made_up = protocol::fake_credentials(
    hash, database->server_secret(), jid_of(username, domain), *counts);
  auto found = database->find(username, domain, hash);
  if (!found)
    return failed(found.error());
  if (*found)
    return credentials_answer{std::move(**found), true};
  return credentials_answer{std::move(made_up), false};
}

caf::result<credentials_answer> account_store_state::find(
  const credentials_query& x) {
  auto answer = look_up(x.username, x.domain, x.hash);
  if (!answer)
    return caf::make_error(caf::sec::runtime_error, answer.error());
  return std::move(*answer);
}

caf::result<password_answer> account_store_state::check(
  const password_query& x) {
  auto answer = look_up(x.username, x.domain, password_hash);
  if (!answer)
    return caf::make_error(caf::sec::runtime_error, answer.error());
  // No account has a password that cannot be prepared. Else the same work for
  // everybody: time tells nobody who has an account.
  auto password = protocol::opaque_string(x.password);
  auto matches = password
                 && protocol::matches_password(
                   password_hash, answer->credentials, *password);
  return password_answer{matches && answer->exists};
}

account_reply account_store_state::perform(const account_command& x) {
  auto is_list = x.verb == account_verb::list;
  if (!(is_list && x.domain.empty()) && !domains.contains(x.domain))
    return refusal("domain not served here: " + x.domain);
  if (!is_list && x.local.empty())
    return refusal("not an account: " + x.domain);
  switch (x.verb) {
  case account_verb::add: return add(x);
  case account_verb::set_password: return set_password(x);
  case account_verb::remove: return remove(x);
  case account_verb::list: break;
  }
  return list(x);
}

account_reply account_store_state::add(const account_command& x) {
  auto password = prepare(x);
  if (!password)
    return password.error();
  auto done = database->add(x.local, x.domain, derive(*password, x.domain));
  if (!done)
    return refusal(failed(done.error()));
  return *done ? account_reply{}
               : refusal("account exists: " + jid_of(x.local, x.domain));
}

account_reply account_store_state::set_password(const account_command& x) {
  auto password = prepare(x);
  if (!password)
    return password.error();
  auto keys = derive(*password, x.domain);
  return unless_missing(x, database->set_keys(x.local, x.domain, keys));
}

account_reply account_store_state::remove(const account_command& x) {
  return unless_missing(x, database->remove(x.local, x.domain));
}

account_reply account_store_state::unless_missing(
  const account_command& x, const account_database::result<bool>& done) {
  if (!done)
    return refusal(failed(done.error()));
  return *done ? account_reply{}
               : refusal("no such account: " + jid_of(x.local, x.domain));
}

account_reply account_store_state::list(const account_command& x) {
  auto accounts = database->list(x.domain);
  if (!accounts)
    return refusal(failed(accounts.error()));
  return {{}, std::move(*accounts)};
}

account_keys account_store_state::derive(
  const std::string& password, const std::string& domain) const {
  account_keys keys;
  for (auto hash : {protocol::scram_hash::sha1, protocol::scram_hash::sha256,
         protocol::scram_hash::sha512})
    keys[static_cast<std::size_t>(hash)] = protocol::derive_credentials(
      hash, password, random(salt_bytes), iterations(domain));
  return keys;
}

std::uint32_t account_store_state::iterations(const std::string& domain) const {
  auto known = domains.find(domain);
  return known == domains.end() ? config::domain{}.scram_iterations
                                : known->second.scram_iterations;
}

std::string account_store_state::failed(std::string reason) {
  log_event(log_level::error, "account_database_failed", {{"reason", reason}});
  life.last_error = reason;
  return "database: " + std::move(reason);
}

actor_snapshot account_store_state::snapshot() {
  auto x = life.snapshot(self);
  auto accounts = database->count();
  x.fields = {{"accounts", accounts ? std::to_string(*accounts) : "unknown"}};
  return x;
}

account_store_actor::behavior_type account_store(
  account_store_actor::stateful_pointer<account_store_state> self,
  std::shared_ptr<account_database> database,
  std::map<std::string, config::domain> domains, random_source random) {
  auto& state = self->state;
  state.database = std::move(database);
  state.domains = std::move(domains);
  state.random = std::move(random);
  return {
    [self](const credentials_query& x) {
      self->state.life.touch();
      return self->state.find(x);
    },
    [self](const password_query& x) {
      self->state.life.touch();
      return self->state.check(x);
    },
    [self](const account_command& x) {
      self->state.life.touch();
      return self->state.perform(x);
    },
    [self](const domains_changed& x) { self->state.domains = *x.domains; },
    [self](const inspect_request&) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
