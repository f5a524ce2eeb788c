#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <initializer_list>
#include <map>

namespace causeway {

namespace {

namespace json = boost::json;

void copy_figures(json::object& row, const actor_tree_node* from,
  std::initializer_list<std::string_view> names) {
  for (auto name : names)
    row[name] = from ? figure(field(from->self, name)) : json::value{};
}

json::object describe_session(
  const actor_tree& tree, const actor_tree_node& x) {
  auto* tracker = child_of_kind(tree, x, "tracker");
  auto* connection = child_of_kind(tree, x, "connection");
  auto secure = field(x.self, "secure");
  json::object row{{"id", x.self.id}, {"jid", field(x.self, "jid")},
    {"domain", field(x.self, "domain")}, {"address", field(x.self, "peer")},
    {"state", x.self.state}, {"secure", secure == "true" || secure == "yes"},
    {"mechanism", field(x.self, "mechanism")},
    {"user_agent", field(x.self, "user_agent")},
    {"stream_id", field(x.self, "stream_id")}, {"age", x.self.uptime},
    {"sm", tracker && field(tracker->self, "sm") == "on" ? "on" : "off"},
    {"resume", field(x.self, "resume")}};
  copy_figures(row, tracker,
    {"h_in", "h_out", "acked", "unacked", "unacked_bytes", "stanzas_in",
      "stanzas_out"});
  copy_figures(row, connection,
    {"messages_in", "messages_out", "bytes_in", "bytes_out", "queued_bytes"});
  return row;
}

std::size_t left_out_sessions(const actor_tree& tree) {
  std::size_t out = 0;
  for_each_of_kind(tree, "session_supervisor",
    [&out](const actor_tree_node& x) { out += x.left_out; });
  return out;
}

} // namespace

json::object sessions_report(const actor_tree& tree) {
  // Oldest first: the supervisor has no order.
  std::map<std::uint64_t, json::value> by_id;
  for_each_of_kind(tree, "session", [&](const actor_tree_node& x) {
    by_id.emplace(x.self.id, describe_session(tree, x));
  });
  json::array rows;
  for (auto& [id, row] : by_id)
    rows.push_back(std::move(row));
  return {{"sessions", std::move(rows)}, {"left_out", left_out_sessions(tree)}};
}

} // namespace causeway
