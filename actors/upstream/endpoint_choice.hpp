/// Which of several servers a client comes to: weighted rendezvous hashing. The
/// choice needs no memory and is the same in every process with the same
/// servers; if one goes, its clients alone move. Pure.
#pragma once

#include "protocol/upstream_stream.hpp"

#include <string>
#include <string_view>

namespace causeway {

/// Who a stream is for, as far as that is known before its login: the account
/// in `from`, else the network of `client`, an "ADDRESS:PORT". Streams with the
/// same key come to the same server (requirement G-33). Where nothing is known,
/// `client` being empty, its random `stream_id` leaves the choice to chance.
std::string choice_key(const protocol::stream_wish& wish,
  std::string_view client, std::string_view stream_id);

/// How much `endpoint` is wanted by `key`; the most wanted is the first. Over
/// many keys it is first as often as its share of all weights says; without
/// weight it is never wanted.
double preference(
  std::string_view key, std::string_view endpoint, double weight);

} // namespace causeway
