/// XEP-0203 (Delayed Delivery); XEP-0082 section 3.2.
#include "protocol/delay.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/tag_scanner.hpp"

#include <algorithm>

namespace causeway::protocol {

namespace {

void append_number(std::string& to, long long value, std::size_t width) {
  auto digits = std::to_string(value);
  to.append(width - std::min(width, digits.size()), '0') += digits;
}

element delay_element(
  std::string_view domain, std::chrono::system_clock::time_point sent) {
  element x{"delay", ns::delay};
  x.set("from", domain).set("stamp", date_time(sent));
  return x;
}

bool has_delay(std::string_view bytes, std::string_view domain) {
  // Hardly any stanza has one: do not parse the others again.
  if (bytes.find(ns::delay) == bytes.npos)
    return false;
  auto tree = parse_tree(bytes);
  return tree && std::ranges::any_of(tree->children, [domain](auto& y) {
    return y.is("delay", ns::delay) && y.value_of("from") == domain;
  });
}

// `bytes` with `child` as the last one of the root.
std::string with_child(std::string_view bytes, std::string_view child) {
  tag_scanner tags{bytes};
  tag_scanner::tag root;
  tags.next(root);
  std::string out;
  out.reserve(bytes.size() + child.size() + root.name.size() + 3);
  if (root.what != tag_scanner::kind::empty) {
    auto end = bytes.rfind("</");
    out += bytes.substr(0, end);
    out += child;
    return out += bytes.substr(end);
  }
  auto end = bytes.rfind("/>");
  out += bytes.substr(0, end);
  (out += '>') += child;
  (out += "</") += root.name;
  return out += bytes.substr(end + 1);
}

} // namespace

stream_element add_delay(const stream_element& x, std::string_view domain,
  std::chrono::system_clock::time_point sent) {
  auto y = x;
  auto late =
    x.kind == element_kind::message || x.kind == element_kind::presence;
  if (!late || has_delay(x.bytes, domain))
    return y;
  y.bytes = with_child(x.bytes, to_xml(delay_element(domain, sent)));
  if (y.children++ == 0) {
    y.child_name = "delay";
    y.child_ns = ns::delay;
  }
  return y;
}

std::string date_time(std::chrono::system_clock::time_point x) {
  using namespace std::chrono;
  auto day = floor<days>(x);
  year_month_day date{day};
  hh_mm_ss time{floor<milliseconds>(x - day)};
  std::string out;
  append_number(out, static_cast<int>(date.year()), 4);
  append_number(out += '-', static_cast<unsigned>(date.month()), 2);
  append_number(out += '-', static_cast<unsigned>(date.day()), 2);
  append_number(out += 'T', time.hours().count(), 2);
  append_number(out += ':', time.minutes().count(), 2);
  append_number(out += ':', time.seconds().count(), 2);
  append_number(out += '.', time.subseconds().count(), 3);
  return out += 'Z';
}

} // namespace causeway::protocol
