#pragma once

#include <caf/behavior.hpp>
#include <caf/deduce_mpi.hpp>
#include <caf/detail/behavior_impl.hpp>
#include <caf/detail/invoke_result_visitor.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/interface_mismatch.hpp>
#include <caf/make_counted.hpp>
#include <caf/match_case.hpp>
#include <caf/message.hpp>
#include <caf/type_erased_tuple.hpp>
#include <caf/type_nr.hpp>
#include <caf/unit.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace causeway {

/// A handler of an actor with this state: `[](State& me, Message& x) {..}`. It
/// captures nothing.
template <class Handler, class Call = decltype(&Handler::operator())>
struct handler_traits;

template <class Handler, class Result, class State, class Argument>
struct handler_traits<Handler, Result (Handler::*)(State&, Argument) const> {
  static_assert(std::is_empty_v<Handler>, "a handler captures nothing");

  using result = Result;
  using message = std::decay_t<Argument>;
  /// What the interface of the actor says of it.
  using signature = caf::deduce_mpi_t<Result (State::*)(Argument)>;
  /// It may move out of the message.
  static constexpr bool changes_message =
    std::is_lvalue_reference_v<
      Argument> && !std::is_const_v<std::remove_reference_t<Argument>>;

  static_assert(caf::type_nr<message>::value == 0, "a message is of our own");
};

/// What CAF keeps of a behavior for one actor, without the handlers: these are
/// types, and the same for all actors of a kind. The first that fits gets the
/// message.
template <class Self, class... Handlers>
class compact_behavior_impl final : public caf::detail::behavior_impl {
 public:
  explicit compact_behavior_impl(Self self) : self_{self} {}

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& out,
    caf::type_erased_tuple& x) override {
    auto* type = x.size() == 1 ? x.type(0).second : nullptr;
    auto found = type ? find(*type) : calls.size();
    return found < calls.size() ? (this->*calls[found])(out, x)
                                : caf::match_case::no_match;
  }

 private:
  using caller = caf::match_case::result (compact_behavior_impl::*)(
    caf::detail::invoke_result_visitor&, caf::type_erased_tuple&);

  // Position of the handler for a message; their number if there is none.
  static std::size_t find(const std::type_info& type) {
    static const std::array<const std::type_info*, sizeof...(Handlers)> known{
      &typeid(typename handler_traits<Handlers>::message)...};
    // Equality compares names, and nearly always it is the very object.
    auto same = std::find(known.begin(), known.end(), &type);
    if (same == known.end())
      same = std::find_if(
        known.begin(), known.end(), [&](auto* x) { return *x == type; });
    return static_cast<std::size_t>(same - known.begin());
  }

  template <class Handler>
  caf::match_case::result take(
    caf::detail::invoke_result_visitor& out, caf::type_erased_tuple& x) {
    using traits = handler_traits<Handler>;
    using message = typename traits::message;
    if constexpr (traits::changes_message) {
      if (!x.shared())
        return call<Handler>(out, x.template get_mutable_as<message>(0));
      auto copy = caf::message::copy(x);
      return call<Handler>(
        out, copy.content().template get_mutable_as<message>(0));
    } else {
      return call<Handler>(out, x.template get_as<message>(0));
    }
  }

  template <class Handler, class Message>
  caf::match_case::result call(
    caf::detail::invoke_result_visitor& out, Message& x) {
    auto answered = true;
    if constexpr (std::is_void_v<typename handler_traits<Handler>::result>) {
      // CAF would make an empty answer, and drop it where nobody waits for it.
      auto is_request = self_->current_mailbox_element()->mid.is_request();
      Handler{}(self_->state, x);
      if (is_request)
        out(caf::unit);
    } else {
      auto answer = Handler{}(self_->state, x);
      answered = out.visit(answer);
    }
    return answered ? caf::match_case::match : caf::match_case::skip;
  }

  static constexpr std::array<caller, sizeof...(Handlers)> calls{
    &compact_behavior_impl::template take<Handlers>...};

  Self self_;
};

/// The behavior of an actor of which there are many: CAF's own takes 40 bytes
/// per handler in each of them, this one 64 in all. `self` is a
/// `stateful_pointer`; the handlers are checked against its interface.
template <class Self, class... Handlers>
auto compact_behavior(Self self, Handlers...) {
  using behavior = typename std::remove_pointer_t<Self>::behavior_type;
  using found =
    caf::detail::type_list<typename handler_traits<Handlers>::signature...>;
  static_assert(
    caf::interface_mismatch_t<found, typename behavior::signatures>::value
      == static_cast<int>(sizeof...(Handlers)),
    "these handlers are not those of the interface");
  caf::behavior::impl_ptr table =
    caf::make_counted<compact_behavior_impl<Self, Handlers...>>(self);
  return behavior{
    typename behavior::unsafe_init{}, caf::behavior{std::move(table)}};
}

} // namespace causeway
