// Tells the server the viewer's time zone, so that times are right on the next page.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const prefix = document.body.dataset.prefix || "";
if (!document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=${prefix}/admin; max-age=31536000; samesite=lax`;
}
