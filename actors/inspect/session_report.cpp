#include "actors/inspect/json_writer.hpp"
#include "actors/inspect/status_report.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <initializer_list>
#include <map>

namespace causeway {

namespace {

namespace json = boost::json;

/// About what a session takes in the report of many.
constexpr std::size_t row_size = 600;

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

void write_figures(json_writer& out, const actor_tree_node* from, names all) {
  for (auto name : all)
    if (auto x = from ? figure(field(from->self, name)) : json::value{};
        x.is_uint64())
      out.member(name, x.get_uint64());
    else
      out.member(name, nullptr);
}

void write_row(json_writer& out, const session_parts& x) {
  auto& self = x.session.self;
  out.begin_object();
  out.member("id", self.id);
  out.member("jid", field(self, "jid"));
  out.member("domain", field(self, "domain"));
  out.member("address", field(self, "peer"));
  out.member("state", self.state);
  out.member("secure", is_secure(x.session));
  out.member("tls", field(self, "tls_version"));
  out.member("mechanism", field(self, "mechanism"));
  out.member("user_agent", field(self, "user_agent"));
  out.member("stream_id", field(self, "stream_id"));
  out.member("age", self.uptime);
  out.member("sm", sm_of(x));
  out.member("resume", field(self, "resume"));
  write_figures(out, &x.session, {"parked_for", "parked_left"});
  write_figures(out, x.tracker,
    {"h_in", "h_out", "acked", "unacked", "unacked_bytes", "stanzas_in",
      "stanzas_out"});
  write_figures(out, &x.session,
    {"messages_in", "messages_out", "bytes_in", "bytes_out", "queued_bytes"});
  if (x.upstream && !field(x.upstream->self, "endpoint").empty())
    out.member("endpoint", field(x.upstream->self, "endpoint"));
  out.end_object();
}

json::object describe_client(const session_parts& x) {
  json::object out{{"address", field(x.session.self, "peer")},
    {"secure", is_secure(x.session)}};
  copy_texts(out, &x.session,
    {"tls_version", "tls_cipher", "user_agent", "local_address"});
  copy_texts(out, x.local, {"software"});
  copy_figures(out, &x.session,
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

std::string sessions_report(
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
  json_writer out{row_size * std::min(limit, by_id.size())};
  out.begin_object();
  out.key("sessions");
  out.begin_array();
  std::size_t rows = 0;
  for (auto& [id, x] : by_id)
    // Of those beyond the limit nobody has asked the children.
    if (rows < limit && (x->silent || x->left_out == 0)) {
      write_row(out, {tree, *x});
      ++rows;
    } else {
      ++left_out;
    }
  out.end_array();
  out.member("left_out", left_out);
  out.end_object();
  return out.take();
}

std::string session_report(
  const actor_tree& tree, const report_context& context) {
  auto& root = tree.nodes.front();
  session_parts parts{tree, root};
  auto& self = root.self;
  json::object facts{{"id", self.id}, {"node", context.node},
    {"jid", field(self, "jid")}, {"domain", field(self, "domain")},
    {"state", self.state}, {"stream_id", field(self, "stream_id")},
    {"mechanism", field(self, "mechanism")}, {"age", self.uptime}};
  copy_figures(facts, parts.tracker, {"stanzas_in", "stanzas_out"});
  facts["client"] = describe_client(parts);
  facts["sm"] = describe_management(parts);
  if (parts.upstream)
    facts["upstream"] = describe_upstream(parts);
  json_writer out;
  out.begin_object();
  out.key("session");
  out.begin_object();
  for (auto& x : facts)
    out.member(x.key(), x.value());
  out.key("actors");
  out.begin_array();
  write_actor(out, root, context);
  for (auto i : root.children)
    write_actor(out, tree.nodes[i], context);
  out.end_array();
  out.end_object();
  out.end_object();
  return out.take();
}

} // namespace causeway
