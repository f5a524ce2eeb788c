/// XEP-0160 section 3; RFC 6121 section 5.2.2 on unknown types.
#include "protocol/offline_rules.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <algorithm>

namespace causeway::protocol {

namespace {

/// What may stand beside a chat state without a word being said: the thread
/// it belongs to (XEP-0085 section 5.6), hints, and ids.
bool says_nothing(const element& x) {
  return x.ns == ns::chat_states || x.ns == ns::hints || x.ns == ns::stanza_ids
         || x.is("thread", ns::client);
}

bool is_chat_state_alone(const stream_element& x) {
  // Most begin with a body.
  if (x.child_ns == ns::client && x.child_name != "thread")
    return false;
  auto tree = parse_tree(x.bytes);
  if (!tree)
    return false;
  auto& all = tree->children;
  return std::all_of(all.begin(), all.end(), says_nothing)
         && std::any_of(all.begin(), all.end(),
           [](auto& y) { return y.ns == ns::chat_states; });
}

} // namespace

offline_rule offline_rule_of(const stream_element& message) {
  if (message.type == "headline" || message.type == "error")
    return offline_rule::drop;
  if (message.type == "groupchat" || message.children == 0)
    return offline_rule::refuse;
  return is_chat_state_alone(message) ? offline_rule::drop
                                      : offline_rule::store;
}

} // namespace causeway::protocol
