/// The half of `session` for those who end it from outside: operators, by
/// `causewayctl session`, and the registry.
#include "actors/c2s/session.hpp"
#include "actors/c2s/session_table.hpp"

#include <chrono>
#include <utility>

namespace causeway {

order_outcome session_state::obey(const session_order& x) {
  life.touch();
  if (ending)
    return {"the session is ending", jid};
  switch (x.verb) {
  case session_verb::kick:
    environment->count->add(counter::sessions_kicked);
    fail(protocol::stream_error::policy_violation, x.text);
    return {{}, jid};
  case session_verb::park:
    return {cut_for_operator(1001, "parked by an operator"), jid};
  case session_verb::resend: return {cut_for_operator(1012, "resend"), jid};
  case session_verb::expire: return {expire_for_operator(), jid};
  }
  return {"unknown order", jid};
}

void session_state::end_for(end_session& x) {
  if (!ending && x.condition == protocol::stream_error::conflict)
    environment->count->add(counter::sessions_replaced);
  fail(x.condition, std::move(x.text));
}

// Without `<close/>`: the client shall come back.
std::string session_state::cut_for_operator(
  std::uint16_t code, std::string_view reason) {
  if (parked || parking)
    return "the session waits for its client already";
  if (!may_park())
    return "the client cannot resume the session";
  cut_connection(code, reason);
  start_parking("operator");
  return {};
}

std::string session_state::expire_for_operator() {
  if (!parked)
    return "the session does not wait for its client";
  if (attaching > 0)
    return "the client is coming back";
  environment->count->add(counter::sessions_expired_operator);
  finish("operator");
  return {};
}

void session_state::describe_wait(actor_snapshot& x) const {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  auto gone = std::chrono::system_clock::now() - parked->since;
  x.fields.push_back(
    {"parked_for", std::to_string(duration_cast<seconds>(gone).count())});
  if (window)
    x.fields.push_back({"parked_left",
      std::to_string(duration_cast<seconds>(*window - gone).count())});
}

} // namespace causeway
