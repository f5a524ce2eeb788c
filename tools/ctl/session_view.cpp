#include "tools/ctl/session_view.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace causeway::ctl {

namespace {

using boost::json::object;
using align = text_table::align;

enum class form { text, secure, figure, bytes, seconds };

struct session_column {
  std::string_view name;
  std::string_view title;
  /// In the answer.
  std::string_view key;
  form how = form::text;
  bool usual = false;
};

constexpr std::array all_columns{
  session_column{"id", "ID", "id", form::figure, true},
  session_column{"jid", "JID", "jid", form::text, true},
  session_column{"domain", "DOMAIN", "domain"},
  session_column{"address", "ADDRESS", "address", form::text, true},
  session_column{"state", "STATE", "state", form::text, true},
  session_column{"secure", "TLS", "secure", form::secure, true},
  session_column{"tls", "TLS VERSION", "tls"},
  session_column{"mechanism", "MECHANISM", "mechanism"},
  session_column{"sm", "SM", "sm", form::text, true},
  session_column{"resume", "RESUME", "resume", form::text, true},
  session_column{"h_in", "H IN", "h_in", form::figure, true},
  session_column{"h_out", "H OUT", "h_out", form::figure, true},
  session_column{"acked", "ACKED", "acked", form::figure},
  session_column{"unacked", "UNACKED", "unacked", form::figure, true},
  session_column{
    "unacked_bytes", "UNACKED BYTES", "unacked_bytes", form::bytes},
  session_column{"stanzas_in", "STANZAS IN", "stanzas_in", form::figure},
  session_column{"stanzas_out", "STANZAS OUT", "stanzas_out", form::figure},
  session_column{"messages_in", "MESSAGES IN", "messages_in", form::figure},
  session_column{"messages_out", "MESSAGES OUT", "messages_out", form::figure},
  session_column{"in", "IN", "bytes_in", form::bytes, true},
  session_column{"out", "OUT", "bytes_out", form::bytes, true},
  session_column{"queued", "QUEUED", "queued_bytes", form::bytes},
  session_column{"age", "AGE", "age", form::seconds, true},
  session_column{"parked_for", "PARKED FOR", "parked_for", form::seconds},
  session_column{"parked_left", "PARKED LEFT", "parked_left", form::seconds},
  session_column{"endpoint", "UPSTREAM", "endpoint"},
  session_column{"stream_id", "STREAM ID", "stream_id"},
  session_column{"user_agent", "USER AGENT", "user_agent"},
};

const session_column* find_column(std::string_view name) {
  auto i = std::ranges::find(all_columns, name, &session_column::name);
  return i == all_columns.end() ? nullptr : &*i;
}

bool has_number(const object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  return value && value->is_number();
}

std::string display_figure(const object& x, std::string_view key) {
  return has_number(x, key) ? std::to_string(number_at(x, key)) : "-";
}

std::string display_seconds(const object& x, std::string_view key) {
  return has_number(x, key) ? display_duration(decimal_at(x, key)) : "-";
}

std::string display_cell(const object& row, const session_column& x) {
  switch (x.how) {
  case form::text: {
    auto text = text_at(row, x.key);
    return text.empty() ? "-" : text;
  }
  case form::secure: {
    auto* secure = row.if_contains(x.key);
    return secure && *secure == true ? "yes" : "no";
  }
  case form::figure: return display_figure(row, x.key);
  case form::bytes:
    return has_number(row, x.key) ? display_bytes(number_at(row, x.key)) : "-";
  case form::seconds: return display_seconds(row, x.key);
  }
  return {};
}

std::string left_out_line(const object& answer) {
  auto n = number_at(answer, "left_out");
  return n == 0 ? "" : "and " + std::to_string(n) + " more; see --limit\n";
}

std::vector<std::string> names_of(bool usual_only) {
  std::vector<std::string> out;
  for (auto& x : all_columns)
    if (x.usual || !usual_only)
      out.emplace_back(x.name);
  return out;
}

// Adds a fact unless nothing is known.
void add_fact(text_table& out, std::string name, std::string value) {
  if (!value.empty() && value != "-")
    out.add({std::move(name), std::move(value)});
}

std::string display_traffic(const object& x, std::string_view what) {
  auto in = std::string{what} + "_in";
  auto out = std::string{what} + "_out";
  if (!has_number(x, in))
    return {};
  return std::to_string(number_at(x, in)) + " in, "
         + std::to_string(number_at(x, out)) + " out";
}

std::string display_bytes_of(const object& x) {
  if (!has_number(x, "bytes_in"))
    return {};
  return display_bytes(number_at(x, "bytes_in")) + " in, "
         + display_bytes(number_at(x, "bytes_out")) + " out, "
         + display_bytes(number_at(x, "queued_bytes")) + " queued";
}

void add_client(text_table& out, const object& x) {
  auto* connected = x.if_contains("connected");
  auto is_there = connected && *connected == true;
  add_fact(out, "client",
    text_at(x, "address") + (is_there ? "" : " (no connection)"));
  auto tls = text_at(x, "tls_version");
  add_fact(
    out, "  TLS", tls.empty() ? "no" : tls + ' ' + text_at(x, "tls_cipher"));
  add_fact(out, "  user agent", text_at(x, "user_agent"));
  add_fact(out, "  software", text_at(x, "software"));
  add_fact(out, "  messages", display_traffic(x, "messages"));
  add_fact(out, "  bytes", display_bytes_of(x));
}

void add_management(text_table& out, const object& x) {
  auto* on = x.if_contains("on");
  auto is_on = on && *on == true;
  auto resume = text_at(x, "resume");
  add_fact(out, "stream management",
    std::string{is_on ? "on" : "off"} + ", resumable: " + resume);
  if (is_on) {
    auto acked = display_figure(x, "h_in_acked");
    add_fact(out, "  h in",
      display_figure(x, "h_in")
        + (acked == "-" ? "" : ", acknowledged upstream " + acked));
    add_fact(out, "  h out",
      display_figure(x, "h_out") + ", acknowledged "
        + display_figure(x, "acked"));
  }
  auto unacked = display_figure(x, "unacked") + " stanzas";
  if (has_number(x, "unacked_bytes"))
    unacked += ", " + display_bytes(number_at(x, "unacked_bytes"));
  if (has_number(x, "oldest_unacked"))
    unacked +=
      ", oldest " + display_decimal(decimal_at(x, "oldest_unacked"), 1) + " s";
  add_fact(out, "  unacknowledged", unacked);
  add_fact(out, "  window", display_seconds(x, "window"));
  add_fact(out, "  parked for", display_seconds(x, "parked_for"));
  add_fact(out, "  ends in", display_seconds(x, "parked_left"));
}

void add_upstream(text_table& out, const object& x) {
  if (x.empty())
    return;
  add_fact(out, "upstream",
    text_at(x, "domain") + " at " + text_at(x, "endpoint") + ", "
      + text_at(x, "state"));
  add_fact(out, "  address", text_at(x, "address"));
  auto tls = text_at(x, "tls");
  add_fact(out, "  TLS", tls.empty() ? "no" : tls);
  add_fact(out, "  session id", text_at(x, "upstream_sm_id"));
  add_fact(out, "  stanzas", display_traffic(x, "stanzas"));
  add_fact(out, "  bytes", display_bytes_of(x));
}

} // namespace

std::vector<std::string> session_columns() {
  return names_of(false);
}

std::vector<std::string> usual_session_columns() {
  return names_of(true);
}

std::string show_sessions(
  const object& answer, const std::vector<std::string>& columns) {
  std::vector<const session_column*> chosen;
  std::vector<text_table::column> titles;
  for (auto& name : columns)
    if (auto* x = find_column(name)) {
      auto is_text = x->how == form::text || x->how == form::secure;
      chosen.push_back(x);
      titles.push_back(
        {std::string{x->title}, is_text ? align::left : align::right});
    }
  text_table out{titles};
  for (auto& x : array_at(answer, "sessions")) {
    auto* row = x.if_object();
    if (!row)
      continue;
    std::vector<std::string> cells;
    for (auto* column : chosen)
      cells.push_back(display_cell(*row, *column));
    out.add(std::move(cells));
  }
  return out.text() + left_out_line(answer);
}

std::string show_session(const object& answer) {
  auto& x = object_at(answer, "session");
  text_table out{{{""}, {""}}};
  add_fact(out, "session",
    '#' + std::to_string(number_at(x, "id")) + ' ' + text_at(x, "jid"));
  add_fact(out, "state", text_at(x, "state"));
  add_fact(out, "age", display_duration(decimal_at(x, "age")));
  add_fact(out, "node", text_at(x, "node"));
  add_fact(out, "domain", text_at(x, "domain"));
  add_fact(out, "stream id", text_at(x, "stream_id"));
  add_fact(out, "mechanism", text_at(x, "mechanism"));
  add_fact(out, "stanzas", display_traffic(x, "stanzas"));
  add_client(out, object_at(x, "client"));
  add_management(out, object_at(x, "sm"));
  add_upstream(out, object_at(x, "upstream"));
  std::string actors;
  for (auto& y : array_at(x, "actors"))
    if (auto* actor = y.if_object())
      actors += (actors.empty() ? "" : ", ") + text_at(*actor, "kind") + " #"
                + std::to_string(number_at(*actor, "id"))
                + (actor->contains("stuck")    ? " (stuck)"
                   : actor->contains("silent") ? " (silent)"
                                               : "");
  add_fact(out, "actors", actors);
  return out.text();
}

std::string show_order(const object& answer) {
  for (auto& x : answer)
    if (auto* done = x.value().if_object()) {
      std::string name{std::string_view{x.key()}};
      auto* on = done->if_contains("on");
      if (on && *on == false)
        name = "no longer " + name;
      // Its connection was cut; its client has to come back for them.
      auto is_resent =
        std::exchange(name, name == "resent" ? "cut" : name) == "resent";
      return display_text(name + " #" + std::to_string(number_at(*done, "id"))
                          + ' ' + text_at(*done, "jid")
                          + (is_resent ? ", to be resumed" : ""))
             + '\n';
    }
  return {};
}

std::string show_traced(const object& x) {
  if (x.contains("end"))
    return "-- end (" + display_text(text_at(x, "end"))
           + "): " + std::to_string(number_at(x, "shown")) + " shown, "
           + display_bytes(number_at(x, "bytes")) + ", "
           + std::to_string(number_at(x, "left_out")) + " left out\n";
  if (!x.contains("text"))
    return "-- " + std::to_string(number_at(x, "left_out")) + " left out\n";
  auto way = text_at(x, "way");
  auto arrow = way == "from_client"     ? "client   ->"
               : way == "to_client"     ? "client   <-"
               : way == "from_upstream" ? "upstream ->"
                                        : "upstream <-";
  // Behind the date.
  auto time = text_at(x, "time");
  auto hour = time.substr(std::min<std::size_t>(time.size(), 11), 12);
  return display_text(hour + " #" + std::to_string(number_at(x, "session"))
                      + ' ' + arrow + ' ' + text_at(x, "text"))
         + '\n';
}

} // namespace causeway::ctl
