#include "actors/inspect/metric_table.hpp"

namespace causeway {

namespace {

constexpr counter_metric counted[] = {
  {counter::connections_accepted, "causeway_connections_total",
    R"(result="accepted")", "TCP connections by what became of them."},
  {counter::connections_refused, "causeway_connections_total",
    R"(result="refused")", ""},
  {counter::sessions_started, "causeway_ws_upgrades_total",
    R"(result="opened")", "WebSocket handshakes by their end."},
  {counter::handshakes_failed, "causeway_ws_upgrades_total",
    R"(result="failed")", ""},
  {counter::sessions_ended, "causeway_sessions_ended_total", "",
    "Sessions that ended, for whatever reason."},
  {counter::sessions_failed, "causeway_sessions_failed_total", "",
    "Sessions whose actor failed."},
  {counter::sessions_kicked, "causeway_sessions_removed_total",
    R"(reason="kicked")",
    "Sessions that had to go, for an operator or a newer session."},
  {counter::sessions_replaced, "causeway_sessions_removed_total",
    R"(reason="replaced")", ""},
  {counter::auth_succeeded, "causeway_auth_total", R"(result="success")",
    "Logins by their result."},
  {counter::auth_failed, "causeway_auth_total", R"(result="failure")", ""},
  {counter::stream_errors, "causeway_stream_errors_total", "",
    "Streams that ended with a stream error."},
  {counter::stanzas_in, "causeway_stanzas_received_total", "",
    "Stanzas of clients."},
  {counter::stanzas_routed, "causeway_stanzas_routed_total", "",
    "Stanzas that the router handed to a session."},
  {counter::stanzas_bounced, "causeway_stanzas_bounced_total", "",
    "Stanzas that were answered with an error."},
  {counter::stanzas_dropped, "causeway_stanzas_dropped_total", "",
    "Stanzas that nobody takes and nobody misses, such as errors for who is "
    "gone."},
  {counter::stanzas_lost, "causeway_stanzas_lost_total", "",
    "Stanzas that are lost: must stay 0."},
  {counter::edge_stanzas_lost, "causeway_edge_stanzas_lost_total", "",
    "Stanzas of sessions held at the edge that ended without their client, of "
    "which nobody hears."},
  {counter::stanzas_returned, "causeway_stanzas_returned_total", "",
    "Stanzas that came back from who held them."},
  {counter::returned_delivered, "causeway_returned_stanzas_total",
    R"(disposition="delivered")",
    "Stanzas of clients that came back, by where they went then."},
  {counter::returned_stored, "causeway_returned_stanzas_total",
    R"(disposition="stored")", ""},
  {counter::returned_bounced, "causeway_returned_stanzas_total",
    R"(disposition="bounced")", ""},
  {counter::offline_stored, "causeway_offline_messages_total",
    R"(action="stored")", "Messages at the offline store."},
  {counter::offline_delivered, "causeway_offline_messages_total",
    R"(action="delivered")", ""},
  {counter::offline_refused, "causeway_offline_messages_total",
    R"(action="refused")", ""},
  {counter::sm_enabled, "causeway_sm_enabled_total", "",
    "Sessions that enabled Stream Management."},
  {counter::sm_enable_refused, "causeway_sm_enable_refused_total", "",
    "Requests to enable it that were refused."},
  {counter::sm_edge_only, "causeway_sm_edge_only_total", "",
    "Of these, sessions whose upstream server has none."},
  {counter::sm_edge_held, "causeway_sm_edge_held_total", "",
    "Sessions that their server cannot resume, held here."},
  {counter::acks_sent, "causeway_sm_acks_total", R"(kind="sent")",
    "Acks and requests for them."},
  {counter::acks_requested, "causeway_sm_acks_total", R"(kind="requested")",
    ""},
  {counter::acks_received, "causeway_sm_acks_total", R"(kind="received")", ""},
  {counter::sm_overflows, "causeway_sm_overflow_total", R"(action="ended")",
    "Sessions with too much unacknowledged."},
  {counter::sessions_parked, "causeway_sm_parked_total", "",
    "Connections that were lost by a session that may be resumed."},
  {counter::sessions_resumed, "causeway_sm_resume_total",
    R"(result="resumed",reason="")", "Resumptions by their result."},
  {counter::resumptions_refused_not_found, "causeway_sm_resume_total",
    R"(result="refused",reason="not-found")", ""},
  {counter::resumptions_refused_unexpected, "causeway_sm_resume_total",
    R"(result="refused",reason="unexpected")", ""},
  {counter::resumptions_refused_unsupported, "causeway_sm_resume_total",
    R"(result="refused",reason="unsupported")", ""},
  {counter::resumptions_refused_upstream, "causeway_sm_resume_total",
    R"(result="refused",reason="upstream")", ""},
  {counter::resumptions_refused, "causeway_sm_resume_refused_total", "",
    "Resumptions that were refused, for whatever reason."},
  {counter::sessions_expired, "causeway_sm_expired_total",
    R"(disposition="timeout")", "Sessions whose client did not come back."},
  {counter::sessions_crowded_out, "causeway_sm_expired_total",
    R"(disposition="crowded-out")", ""},
  {counter::sessions_expired_operator, "causeway_sm_expired_total",
    R"(disposition="operator")", ""},
  {counter::sessions_saved, "causeway_sm_saved_total", "",
    "Sessions written for the next process."},
  {counter::sessions_restored, "causeway_sm_restored_total", "",
    "Sessions taken over from the process before."},
  {counter::poison_stanzas, "causeway_sm_poison_stanzas_total", "",
    "Stanzas that are sent to their client no more."},
  {counter::write_queue_overflows, "causeway_limit_hits_total",
    R"(limit="write-queue")", "Connections that were cut at a limit."},
  {counter::actors_failed, "causeway_actor_failures_total", "",
    "Actors that failed."},
  {counter::parsers_replaced, "causeway_parsers_replaced_total", "",
    "Parsers that were replaced within a stream."},
  {counter::upstream_connected, "causeway_upstream_connects_total",
    R"(result="connected")",
    "Streams to upstream servers by what became of "
    "the attempt."},
  {counter::upstream_failed, "causeway_upstream_connects_total",
    R"(result="failed")", ""},
  {counter::upstream_lost, "causeway_upstream_lost_total", "",
    "Streams to upstream servers that broke."},
  {counter::upstream_redirected, "causeway_upstream_redirected_total", "",
    "Streams that a server sent elsewhere (see-other-host)."},
  {counter::upstream_hibernated, "causeway_upstream_hibernated_total", "",
    "Streams that were cut for their server to keep the session."},
};

constexpr gauge_metric levels[] = {
  {gauge::sessions_negotiating, "causeway_sessions", R"(state="negotiating")",
    "Sessions by what they do."},
  {gauge::sessions_established, "causeway_sessions", R"(state="established")",
    ""},
  {gauge::sessions_parked, "causeway_sessions", R"(state="parked")", ""},
  {gauge::unacked_stanzas, "causeway_sm_unacked_stanzas", "",
    "Stanzas held until their client acknowledges them."},
  {gauge::unacked_bytes, "causeway_sm_unacked_bytes", "", "Bytes of these."},
};

constexpr latency_metric times[] = {
  {latency::login, "causeway_login_seconds",
    "From the open WebSocket to the bound session."},
  {latency::stanza, "causeway_stanza_seconds",
    "A stanza from its client, or an upstream server, to the connection of "
    "its addressee."},
  {latency::ack, "causeway_sm_ack_rtt_seconds",
    "From <r/> to the next <a/> of the client."},
  {latency::absence, "causeway_sm_resume_age_seconds",
    "How long clients were away before they resumed their session."},
  {latency::upstream_connect, "causeway_upstream_dial_seconds",
    "From the wish for a stream to an upstream server to its features."},
};
static_assert(std::size(times) == latency_count);
static_assert(std::size(levels) == gauge_count);

} // namespace

std::span<const counter_metric> counter_metrics() {
  return counted;
}

std::span<const gauge_metric> gauge_metrics() {
  return levels;
}

std::span<const latency_metric> latency_metrics() {
  return times;
}

} // namespace causeway
