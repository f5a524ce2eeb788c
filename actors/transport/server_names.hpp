#pragma once

#include <string>

struct x509_st;

namespace causeway {

/// Whether a certificate has a name, by RFC 9525: subjectAltName alone counts,
/// wildcards stand for one whole label on the left. `name` is a domain name
/// with A-labels or an IP address. Beside DNS and IP names, XmppAddr and
/// SRVName of RFC 6120 section 13.7.1.2 count.
bool has_name(x509_st* certificate, const std::string& name);

/// The first names of a certificate as text for operators.
std::string describe_names(x509_st* certificate);

} // namespace causeway
