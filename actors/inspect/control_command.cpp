#include "actors/inspect/control_command.hpp"

#include "actors/inspect/key_reader.hpp"
#include "protocol/jid.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace causeway {

namespace {

namespace json = boost::json;

// A sanity bound on what one answer may hold.
constexpr std::uint64_t most_children = 1'000'000;
constexpr std::uint64_t most_events = 10'000;
// Longest simple user name or password of RFC 5802 implementations at large.
constexpr std::size_t most_password_bytes = 1'023;

// "node, c2s or transport".
std::string log_components() {
  std::string out;
  for (std::size_t i = 0; i < log_component_count; ++i) {
    out += i == 0 ? "" : i + 1 == log_component_count ? " or " : ", ";
    out += to_string(static_cast<log_component>(i));
  }
  return out;
}

std::string_view explain(protocol::jid_error x) {
  using protocol::jid_error;
  switch (x) {
  case jid_error::bad_domain: return "the domain is missing or not valid";
  case jid_error::bad_local: return "the part before @ is not valid";
  case jid_error::bad_resource: return "the resource is not valid";
  case jid_error::too_long: return "it is too long";
  }
  return "it is not valid";
}

void read_account(key_reader& keys, account_command& out) {
  auto text = keys.text("jid");
  auto address = protocol::jid::parse(text);
  if (text.empty())
    keys.fail({"\"jid\" is missing"});
  else if (!address)
    keys.fail({quoted("no valid JID: ", text, ": ").text
               + std::string{explain(address.error())}});
  else if (address->local().empty() || !address->is_bare())
    keys.fail(
      quoted("", text, " is no account: it must have the form name@domain"));
  else
    out.local = address->local(), out.domain = address->domain();
}

void read_password(key_reader& keys, account_command& out) {
  out.password = keys.text("password");
  auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (out.password.empty())
    keys.fail({"the password is empty"});
  else if (out.password.size() > most_password_bytes)
    keys.fail({"the password has more than 1023 bytes"});
  else if (std::any_of(out.password.begin(), out.password.end(), is_control))
    keys.fail({"the password has control characters"});
}

command_result read_accounts(key_reader keys) {
  accounts_command x;
  auto verb = keys.text("verb");
  if (verb == "add" || verb == "passwd") {
    x.request.verb =
      verb == "add" ? account_verb::add : account_verb::set_password;
    read_account(keys, x.request);
    read_password(keys, x.request);
  } else if (verb == "remove") {
    x.request.verb = account_verb::remove;
    read_account(keys, x.request);
  } else if (verb == "list") {
    auto text = keys.text("domain");
    auto domain = protocol::normalize_domain(text);
    if (!text.empty() && !domain)
      keys.fail(quoted("no valid domain: ", text));
    else if (!text.empty())
      x.request.domain = *domain;
  } else {
    keys.fail({"\"verb\" must be add, passwd, remove or list"});
  }
  return keys.finish(std::move(x));
}

command_result read_config(key_reader keys) {
  using verb = config_command::verb;
  config_command x;
  auto name = keys.text("verb");
  if (name == "show") {
    x.what = verb::show;
  } else if (name == "reload") {
    x.what = verb::reload;
  } else if (name == "history") {
    x.what = verb::history;
  } else if (name == "check") {
    x.what = verb::check;
    x.file = keys.text("file");
  } else if (name == "rollback") {
    x.what = verb::rollback;
    if (keys.has("generation")) {
      x.generation = keys.number("generation", 1);
      if (x.generation == 0)
        keys.fail({"\"generation\" must be 1 or more"});
    }
  } else {
    keys.fail({"\"verb\" must be show, reload, check, history or rollback"});
  }
  return keys.finish(std::move(x));
}

std::optional<log_component> read_component(key_reader& keys) {
  auto name = keys.text("component");
  auto x = log_component_of(name);
  if (!name.empty() && !x)
    keys.fail({"\"component\" must be " + log_components()});
  return x;
}

command_result read_log(key_reader keys) {
  log_command x;
  if (keys.has("after"))
    x.after = keys.number("after", 0);
  x.limit = std::min(keys.number("limit", x.limit), most_events);
  x.filter.component = read_component(keys);
  if (auto name = keys.text("level"); !name.empty()) {
    auto level = log_level_of(name);
    if (!level)
      keys.fail({"\"level\" must be trace, debug, info, warn or error"});
    else
      x.filter.least = *level;
  }
  auto where = keys.text("where");
  auto equals = where.find('=');
  if (!where.empty() && (equals == 0 || equals == where.npos))
    keys.fail({"\"where\" must have the form KEY=VALUE"});
  else if (!where.empty()) {
    x.filter.key = where.substr(0, equals);
    x.filter.value = where.substr(equals + 1);
  }
  return keys.finish(std::move(x));
}

command_result read_log_level(key_reader keys) {
  log_level_command x;
  x.component = read_component(keys);
  auto name = keys.text("level");
  x.level = log_level_of(name);
  x.read_only = name.empty();
  if (!name.empty() && name != "configured" && !x.level)
    keys.fail({"\"level\" must be trace, debug, info, warn, error or "
               "configured"});
  return keys.finish(x);
}

command_result read_command(std::string_view name, key_reader keys) {
  if (name == "version")
    return keys.finish(version_command{});
  if (name == "status")
    return keys.finish(status_command{});
  if (name == "actors") {
    actors_command x;
    x.kind = keys.text("kind");
    x.depth = keys.number("depth", x.depth);
    x.limit = std::min(keys.number("limit", x.limit), most_children);
    return keys.finish(std::move(x));
  }
  if (name == "actor") {
    actor_command x{keys.number("id", 0)};
    if (x.id == 0)
      keys.fail({"\"id\" is missing"});
    return keys.finish(x);
  }
  if (name == "sessions")
    return read_sessions(keys, most_children);
  if (name == "session")
    return read_session(keys);
  if (name == "trace")
    return read_trace(keys);
  if (name == "top") {
    top_command x;
    x.actors = std::min<std::size_t>(keys.number("actors", x.actors), 1'000);
    return keys.finish(x);
  }
  if (name == "account")
    return read_accounts(keys);
  if (name == "config")
    return read_config(keys);
  if (name == "log")
    return read_log(keys);
  if (name == "log_level")
    return read_log_level(keys);
  if (name == "metrics")
    return keys.finish(metrics_command{});
  if (name == "health")
    return keys.finish(health_command{});
#ifdef CAUSEWAY_TEST_HOOKS
  if (name == "kill") {
    kill_command x;
    x.kind = keys.text("kind");
    x.id = keys.number("id", 0);
    if (x.kind.empty() == (x.id == 0))
      keys.fail({"kill takes either \"kind\" or \"id\""});
    return keys.finish(std::move(x));
  }
  if (name == "hang") {
    hang_command x;
    x.target.kind = keys.text("kind");
    x.target.id = keys.number("id", 0);
    x.time = std::chrono::seconds{keys.number("seconds", 10)};
    if (x.target.kind.empty() == (x.target.id == 0))
      keys.fail({"hang takes either \"kind\" or \"id\""});
    return keys.finish(std::move(x));
  }
#endif
  return quoted("unknown command ", name);
}

} // namespace

protocol::result<control_command, command_error> parse_control_command(
  std::string_view line) {
  json::error_code failure;
  auto value = json::parse(line, failure);
  if (failure)
    return command_error{"no valid JSON: " + failure.message()};
  auto* object = value.if_object();
  auto* name = object ? object->if_contains("command") : nullptr;
  if (!name || !name->is_string())
    return command_error{"a request is an object with \"command\""};
  return read_command(name->get_string(), key_reader{*object});
}

} // namespace causeway
