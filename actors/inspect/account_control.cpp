#include "actors/inspect/account_control.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace causeway {

namespace {

// Deriving the keys of a password takes milliseconds, a busy disk longer.
constexpr std::chrono::seconds store_patience{5};

std::string_view name_of(account_verb x) {
  switch (x) {
  case account_verb::add: return "added";
  case account_verb::set_password: return "changed";
  case account_verb::remove: return "removed";
  case account_verb::list: return "listed";
  }
  return "done";
}

boost::json::object describe(
  const account_command& request, const account_reply& x) {
  if (!x.error.empty())
    return error_report(x.error);
  if (request.verb == account_verb::list)
    return {
      {"accounts", boost::json::array(x.accounts.begin(), x.accounts.end())}};
  return {
    {std::string{name_of(request.verb)}, request.local + '@' + request.domain}};
}

// What follows from a change: an operator's action leaves a line in the log.
void follow_up(admin_actor::pointer self, const registry_actor& registry,
  const account_command& request) {
  if (request.verb == account_verb::list)
    return;
  auto bare = request.local + '@' + request.domain;
  std::string event{"account_"};
  event += name_of(request.verb);
  log_event(log_level::info, event, {{"jid", bare}});
  if (request.verb == account_verb::remove && registry)
    self->send(registry, end_account{std::move(bare)});
}

} // namespace

void control_accounts(admin_actor::pointer self, const admin_environment& x,
  const account_command& request,
  const std::function<void(boost::json::object)>& done) {
  auto active = x.config->get();
  if (!request.domain.empty()
      && !active->config->domains.contains(request.domain))
    return done(error_report("\"" + request.domain
                             + "\" is no domain of this server's "
                               "configuration"));
  auto store = x.accounts->get();
  if (!store)
    return done(error_report("the account store is not running"));
  self->request(store, store_patience, request)
    .then(
      [self, registry = x.registry, request, done](account_reply& reply) {
        if (reply.error.empty())
          follow_up(self, registry->get(), request);
        done(describe(request, reply));
      },
      [done](caf::error&) {
        done(error_report("the account store does not answer; the command "
                          "may still take effect"));
      });
}

} // namespace causeway
