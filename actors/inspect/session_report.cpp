#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <initializer_list>
#include <map>

namespace causeway {

namespace {

namespace json = boost::json;

using names = std::initializer_list<std::string_view>;

// Null where nobody tells: h without Stream Management, for instance.
void copy_figures(json::object& to, const actor_tree_node* from, names all) {
  for (auto name : all)
    to[name] = from ? figure(field(from->self, name)) : json::value{};
}

void copy_texts(json::object& to, const actor_tree_node* from, names all) {
  for (auto name : all)
    if (auto text = from ? field(from->self, name) : std::string_view{};
        !text.empty())
      to[name] = text;
}

bool is_secure(const actor_tree_node& x) {
  auto secure = field(x.self, "secure");
  return secure == "true" || secure == "yes";
}

// A session and what belongs to it.
struct session_parts {
  session_parts(const actor_tree& tree, const actor_tree_node& x)
    : session{x}, connection{child_of_kind(tree, x, "connection")},
      tracker{child_of_kind(tree, x, "tracker")}, local{child_of_kind(
                                                    tree, x, "local_link")},
      upstream{child_of_kind(tree, x, "upstream_link")} {}

  const actor_tree_node& session;
  const actor_tree_node* connection;
  const actor_tree_node* tracker;
  const actor_tree_node* local;
  const actor_tree_node* upstream;
};

std::string_view sm_of(const session_parts& x) {
  return x.tracker && field(x.tracker->self, "sm") == "on" ? "on" : "off";
}

json::object describe_row(const session_parts& x) {
  auto& self = x.session.self;
  json::object row{{"id", self.id}, {"jid", field(self, "jid")},
    {"domain", field(self, "domain")}, {"address", field(self, "peer")},
    {"state", self.state}, {"secure", is_secure(x.session)},
    {"tls", field(self, "tls_version")},
    {"mechanism", field(self, "mechanism")},
    {"user_agent", field(self, "user_agent")},
    {"stream_id", field(self, "stream_id")}, {"age", self.uptime},
    {"sm", sm_of(x)}, {"resume", field(self, "resume")}};
  copy_figures(row, &x.session, {"parked_for", "parked_left"});
  copy_figures(row, x.tracker,
    {"h_in", "h_out", "acked", "unacked", "unacked_bytes", "stanzas_in",
      "stanzas_out"});
  copy_figures(row, x.connection,
    {"messages_in", "messages_out", "bytes_in", "bytes_out", "queued_bytes"});
  copy_texts(row, x.upstream, {"endpoint"});
  return row;
}

json::object describe_client(const session_parts& x) {
  json::object out{{"address", field(x.session.self, "peer")},
    {"secure", is_secure(x.session)}};
  copy_texts(out, &x.session,
    {"tls_version", "tls_cipher", "user_agent", "local_address"});
  copy_texts(out, x.local, {"software"});
  copy_figures(out, x.connection,
    {"messages_in", "messages_out", "bytes_in", "bytes_out", "queued_bytes"});
  out["connected"] = x.connection != nullptr;
  return out;
}

json::object describe_management(const session_parts& x) {
  json::object out{
    {"on", sm_of(x) == "on"}, {"resume", field(x.session.self, "resume")}};
  copy_figures(out, x.tracker,
    {"h_in", "h_in_acked", "h_out", "acked", "unacked", "unacked_bytes"});
  copy_figures(out, &x.session, {"window", "parked_for", "parked_left"});
  auto oldest =
    x.tracker ? field(x.tracker->self, "oldest_unacked") : std::string_view{};
  out["oldest_unacked"] = nullptr;
  if (!oldest.empty())
    out["oldest_unacked"] = std::stod(std::string{oldest});
  return out;
}

json::object describe_upstream(const session_parts& x) {
  json::object out{{"state", x.upstream->self.state}};
  copy_texts(out, x.upstream, {"domain", "endpoint", "address", "tls"});
  copy_texts(out, &x.session, {"upstream_sm_id"});
  copy_texts(out, x.tracker, {"upstream_sm_id"});
  out["secure"] = is_secure(*x.upstream);
  copy_figures(out, x.upstream,
    {"stanzas_in", "stanzas_out", "bytes_in", "bytes_out", "queued_bytes"});
  return out;
}

} // namespace

json::object sessions_report(
  const actor_tree& tree, const session_filter& wanted, std::size_t limit) {
  // Oldest first: the supervisor has no order.
  std::map<std::uint64_t, const actor_tree_node*> by_id;
  std::size_t left_out = 0;
  for_each_of_kind(tree, "session_supervisor",
    [&](const actor_tree_node& x) { left_out += x.left_out; });
  for_each_of_kind(tree, "session", [&](const actor_tree_node& x) {
    if (is_wanted(wanted, x.self))
      by_id.emplace(x.self.id, &x);
  });
  json::array rows;
  for (auto& [id, x] : by_id)
    // Of those beyond the limit nobody has asked the children.
    if (rows.size() < limit && (x->silent || x->left_out == 0))
      rows.push_back(describe_row({tree, *x}));
    else
      ++left_out;
  return {{"sessions", std::move(rows)}, {"left_out", left_out}};
}

json::object session_report(
  const actor_tree& tree, const report_context& context) {
  if (tree.nodes.empty())
    return error_report("the session has ended");
  auto& root = tree.nodes.front();
  session_parts parts{tree, root};
  auto& self = root.self;
  json::object out{{"id", self.id}, {"node", context.node},
    {"jid", field(self, "jid")}, {"domain", field(self, "domain")},
    {"state", self.state}, {"stream_id", field(self, "stream_id")},
    {"mechanism", field(self, "mechanism")}, {"age", self.uptime}};
  copy_figures(out, parts.tracker, {"stanzas_in", "stanzas_out"});
  out["client"] = describe_client(parts);
  out["sm"] = describe_management(parts);
  if (parts.upstream)
    out["upstream"] = describe_upstream(parts);
  json::array actors{describe_actor(root, context)};
  for (auto i : root.children)
    actors.emplace_back(describe_actor(tree.nodes[i], context));
  out["actors"] = std::move(actors);
  return {{"session", std::move(out)}};
}

} // namespace causeway
