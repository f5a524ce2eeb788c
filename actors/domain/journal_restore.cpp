#include "actors/domain/journal_restore.hpp"

#include "protocol/element_parser.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

using std::chrono::milliseconds;

protocol::element_ptr read(std::string bytes) {
  auto x = protocol::parse_message(std::move(bytes), protocol::no_limits());
  return x ? std::make_shared<const protocol::stream_element>(std::move(*x))
           : nullptr;
}

// The clock may have been set back.
milliseconds time_left(const session_record& x, journal_time now) {
  milliseconds window = x.window;
  if (!x.parked)
    return window;
  auto waited = std::chrono::floor<milliseconds>(now - *x.parked);
  return std::clamp(window - waited, milliseconds{0}, window);
}

std::string domain_of(const std::string& full) {
  auto at = full.find('@') + 1;
  return full.substr(at, full.find('/') - at);
}

std::string reason_to_drop(const stored_session& x,
  const std::function<bool(const std::string&)>& is_local, journal_time now) {
  if (!x.has_account)
    return "account-removed";
  if (!is_local(domain_of(x.record.full)))
    return "domain-not-served";
  if (time_left(x.record, now).count() == 0)
    return "resume-timeout";
  // Its client counts them.
  auto next = x.record.sent - static_cast<std::uint32_t>(x.unacked.size());
  for (auto& y : x.unacked)
    if (y.seq != ++next)
      return "queue-incomplete";
  return {};
}

std::vector<saved_stanza> read_all(
  std::vector<stored_stanza>& stored, restore_plan& plan) {
  std::vector<saved_stanza> out;
  for (auto& x : stored)
    if (auto stanza = read(std::move(x.bytes)))
      out.push_back({x.id, x.stamp, std::move(stanza)});
    else
      plan.unreadable.push_back(x.id);
  return out;
}

} // namespace

restore_plan plan_restore(journal_contents x,
  const std::function<bool(const std::string&)>& is_local, journal_time now) {
  restore_plan plan;
  plan.loose = read_all(x.loose, plan);
  for (auto& session : x.sessions) {
    std::sort(
      session.unacked.begin(), session.unacked.end(), [&](auto& a, auto& b) {
        // Counters wrap; all of these are at most the last one sent.
        return session.record.sent - a.seq > session.record.sent - b.seq;
      });
    auto size = session.unacked.size();
    auto reason = reason_to_drop(session, is_local, now);
    auto stanzas = read_all(session.unacked, plan);
    if (reason.empty() && stanzas.size() != size)
      reason = "queue-incomplete";
    if (!reason.empty()) {
      std::move(stanzas.begin(), stanzas.end(), std::back_inserter(plan.loose));
      plan.dropped.push_back(
        {session.record.key, session.record.full, std::move(reason)});
      continue;
    }
    auto out = std::make_shared<saved_session>();
    out->left = time_left(session.record, now);
    if (!session.record.presence.empty())
      out->presence = read(session.record.presence);
    out->record = std::move(session.record);
    out->unacked = std::move(stanzas);
    plan.sessions.push_back(std::move(out));
  }
  std::sort(plan.loose.begin(), plan.loose.end(),
    [](auto& a, auto& b) { return a.id < b.id; });
  return plan;
}

} // namespace causeway
