#define CAF_SUITE tracker_write_ahead

#include "actors/domain/journal_writer.hpp"
#include "actors/domain/sqlite.hpp"
#include "tests/support/stream_fixture.hpp"

using namespace causeway;
using namespace causeway::test;

namespace {

bool has(const std::string& text, std::string_view part) {
  return count_of(text, part) > 0;
}

constexpr const char* enable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";
constexpr const char* ask = "<r xmlns='urn:xmpp:sm:3'/>";

struct fixture : stream_fixture {
  fixture() {
    options.durable = true;
    romeo = connect();
    log_in(romeo, "romeo", "orchard");
    juliet = connect();
    log_in(juliet, "juliet", "balcony");
  }

  void enable_both() {
    for (auto* x : {&romeo, &juliet})
      say(*x, enable);
    juliet.read();
    auto text = romeo.read();
    auto begin = text.find(" id='") + 5;
    previd = text.substr(begin, text.find('\'', begin) - begin);
  }
  void break_disk() {
    node->disk->execute("ALTER TABLE journal RENAME TO gone");
    node->disk->execute("ALTER TABLE session RENAME TO lost");
  }
  void mend_disk() {
    node->disk->execute("ALTER TABLE gone RENAME TO journal");
    node->disk->execute("ALTER TABLE lost RENAME TO session");
    advance_time(journal_pause);
    consume_messages();
  }
  void send() {
    say(romeo, "<message xmlns='jabber:client' to='juliet@localhost/balcony'>"
               "<body>one</body></message>");
  }

  client romeo;
  client juliet;
  std::string previd;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tracker_write_ahead_tests, fixture)

CAF_TEST(neither an ack nor a stanza is faster than the disk) {
  enable_both();
  break_disk();
  send();
  say(romeo, ask);
  CAF_CHECK_EQUAL(romeo.read(), "");
  CAF_CHECK_EQUAL(juliet.read(), "");
  mend_disk();
  CAF_CHECK(has(romeo.read(), "<a xmlns='urn:xmpp:sm:3' h='1'/>"));
  CAF_CHECK_EQUAL(count_of(juliet.read(), ">one<"), 1u);
}

CAF_TEST(an id is told once the next process would know it) {
  break_disk();
  say(romeo, enable);
  CAF_CHECK_EQUAL(romeo.read(), "");
  // It counts, since it came behind <enable/>.
  send();
  mend_disk();
  CAF_CHECK(has(romeo.read(), "<enabled "));
  say(romeo, ask);
  CAF_CHECK(has(romeo.read(), " h='1'/>"));
}

CAF_TEST(who comes back hears what is on disk) {
  enable_both();
  break_disk();
  send();
  romeo.wire->lose();
  auto again = connect();
  authenticate(again, "romeo");
  say(again, "<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + previd + "'/>");
  CAF_CHECK_EQUAL(again.read(), "");
  mend_disk();
  CAF_CHECK(has(again.read(),
    "<resumed xmlns='urn:xmpp:sm:3' previd='" + previd + "' h='1'/>"));
  CAF_CHECK_EQUAL(count_of(juliet.read(), ">one<"), 1u);
}

CAF_TEST(what came before the end of a stream is handled) {
  say(romeo, enable);
  break_disk();
  send();
  say(romeo, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  // She was promised nothing.
  CAF_CHECK_EQUAL(count_of(juliet.read(), ">one<"), 1u);
  mend_disk();
  CAF_CHECK_EQUAL(juliet.read(), "");
}

CAF_TEST(what waits for the disk goes to another stream where this one ends) {
  say(juliet, enable);
  juliet.read();
  auto phone = connect();
  log_in(phone, "juliet", "phone");
  say(phone, "<presence xmlns='jabber:client'/>");
  phone.read();
  break_disk();
  send();
  CAF_CHECK_EQUAL(juliet.read(), "");
  say(juliet, "<message xmlns='jabber:client'");
  CAF_CHECK(!has(juliet.read(), ">one<"));
  mend_disk();
  CAF_CHECK_EQUAL(count_of(phone.read(), ">one<"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
