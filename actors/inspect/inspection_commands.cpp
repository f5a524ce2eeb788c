/// The half of `control_command` for sessions and traces.
#include "actors/inspect/key_reader.hpp"
#include "actors/inspect/session_states.hpp"
#include "protocol/jid.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace causeway {

namespace {

constexpr std::uint64_t most_trace_seconds = 24 * 3'600;
constexpr std::uint64_t most_trace_bytes = 1024 * 1024 * 1024;
constexpr std::size_t most_text_bytes = 1'024;
constexpr std::array<std::string_view, 4> resume_places{
  "no", "here", "upstream", "edge"};

std::string read_jid(key_reader& keys) {
  auto text = keys.text("jid");
  auto address = protocol::jid::parse(text);
  if (!text.empty() && !address)
    keys.fail(quoted("no valid JID: ", text));
  return address ? to_string(*address) : std::string{};
}

std::optional<session_verb> verb_of(std::string_view name) {
  if (name == "kick")
    return session_verb::kick;
  if (name == "park")
    return session_verb::park;
  if (name == "expire")
    return session_verb::expire;
  if (name == "resend")
    return session_verb::resend;
  return std::nullopt;
}

void must_be_one_of(key_reader& keys, std::string_view key,
  std::string_view text, std::span<const std::string_view> list) {
  if (text.empty() || std::find(list.begin(), list.end(), text) != list.end())
    return;
  std::string names;
  for (auto x : list)
    names.append(names.empty() ? "" : ", ").append(x);
  keys.fail(quoted("", key, " must be one of " + names));
}

} // namespace

command_result read_sessions(key_reader& keys, std::uint64_t most) {
  sessions_command x;
  x.limit = std::min(keys.number("limit", x.limit), most);
  auto& wanted = x.wanted;
  wanted.jid = keys.text("jid");
  wanted.domain = keys.text("domain");
  wanted.ip = keys.text("ip");
  wanted.state = keys.text("state");
  wanted.resume = keys.text("resume");
  must_be_one_of(keys, "state", wanted.state, session_states);
  must_be_one_of(keys, "resume", wanted.resume, resume_places);
  if (!wanted.ip.empty() && !parse_network(wanted.ip))
    keys.fail(quoted("no address or network: ", wanted.ip));
  // A JID with a wildcard is matched as it is.
  if (auto address = protocol::jid::parse(wanted.jid);
      address && wanted.jid.find('*') == std::string::npos)
    wanted.jid = to_string(*address);
  return keys.finish(std::move(x));
}

command_result read_session(key_reader& keys) {
  auto id = keys.number("id", 0);
  auto verb = keys.text("verb");
  if (id == 0)
    keys.fail({"\"id\" is missing"});
  if (verb.empty() || verb == "show")
    return keys.finish(session_command{id});
  if (verb == "trace") {
    session_trace_command x;
    x.id = id;
    x.on = keys.flag("on", true);
    x.bodies = keys.flag("bodies", false);
    return keys.finish(x);
  }
  session_order_command x;
  x.id = id;
  x.order.text = keys.text("text");
  if (x.order.text.size() > most_text_bytes)
    keys.fail({"the text has more than 1024 bytes"});
  if (auto known = verb_of(verb))
    x.order.verb = *known;
  else
    keys.fail({"\"verb\" must be show, kick, park, expire, resend or trace"});
  if (x.order.text.empty())
    x.order.text = "Ended by an operator.";
  return keys.finish(std::move(x));
}

command_result read_trace(key_reader& keys) {
  trace_command x;
  auto& order = x.order;
  order.jid = read_jid(keys);
  order.ip = keys.text("ip");
  order.session = keys.number("session", 0);
  order.bodies = keys.flag("bodies", false);
  auto seconds = keys.number("seconds", 60);
  order.bytes = keys.number("bytes", order.bytes);
  auto wishes = (order.jid.empty() ? 0 : 1) + (order.ip.empty() ? 0 : 1)
                + (order.session == 0 ? 0 : 1);
  if (wishes != 1)
    keys.fail({"trace takes one of \"jid\", \"ip\" and \"session\""});
  if (!order.ip.empty() && !parse_network(order.ip))
    keys.fail(quoted("no address or network: ", order.ip));
  if (seconds == 0 || seconds > most_trace_seconds)
    keys.fail({"\"seconds\" must be from 1 to 86400"});
  if (order.bytes == 0 || order.bytes > most_trace_bytes)
    keys.fail({"\"bytes\" must be from 1 to 1073741824"});
  order.time = std::chrono::seconds{seconds};
  return keys.finish(std::move(x));
}

} // namespace causeway
