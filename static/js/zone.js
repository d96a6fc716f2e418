// The server writes times in this browser's zone, unless the person chose another in Preferences.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (!zone || document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
})();
