"""A browser without scripts: cookies, redirects, and the forms of the node's pages.

It stops at the first address outside the node and hands it over: what a relying party would have received.
"""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class _Forms(HTMLParser):
    """Every form of a page: its id, action, method, the fields it sends, and its buttons by id."""

    def __init__(self, text):
        super().__init__()
        self.forms = {}
        self.form = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = {
                "action": attrs.get("action", ""),
                "method": attrs.get("method", "get").upper(),
                "fields": [],
                "buttons": {},
            }
            self.forms[attrs.get("id", "")] = self.form
        elif self.form is None or "disabled" in attrs:
            return
        elif tag == "button" or (tag == "input" and attrs.get("type") == "submit"):
            self.form["buttons"][attrs.get("id", "")] = attrs
        elif tag == "input" and attrs.get("name"):
            if attrs.get("type") not in ("checkbox", "radio") or "checked" in attrs:
                self.form["fields"].append((attrs["name"], attrs.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


class Page:
    """One page of the node."""

    def __init__(self, response):
        self.url = response.url
        self.status = response.status_code
        self.text = response.text
        self.forms = _Forms(response.text).forms

    def __repr__(self):
        return f"{self.status} {urlsplit(self.url).path} {sorted(self.forms)}"


class NodeBrowser:
    """One person's browser at one node."""

    def __init__(self, issuer):
        self.origin = urlsplit(issuer)[:2]
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "zh-CN"

    def open(self, url, data=None):
        """Goes to an address; returns a page of the node, or the first address outside it."""
        for _ in range(12):
            if urlsplit(url)[:2] != self.origin:
                return url
            method = "GET" if data is None else "POST"
            response = self.session.request(method, url, data=data, allow_redirects=False, timeout=30)
            if not response.is_redirect:
                return Page(response)
            url = urljoin(url, response.headers["Location"])
            data = data if response.status_code in (307, 308) else None
        raise AssertionError("too many redirects")

    def submit(self, page, form_id, values=None, button=None):
        """Sends a form with its hidden fields, the values over them and the pressed button."""
        form = page.forms[form_id]
        values = values or {}
        data = [(name, value) for name, value in form["fields"] if name not in values]
        data += values.items()
        pressed = form["buttons"][button] if button else {}
        if pressed.get("name"):
            data.append((pressed["name"], pressed.get("value", "")))
        return self.open(urljoin(page.url, pressed.get("formaction") or form["action"]), data)

    def sign_in(self, url, user):
        """Signs in and agrees; returns the address of the relying party and the forms seen on the way."""
        here, seen = self.open(url), []
        while isinstance(here, Page):
            if "login-form" in here.forms and "login-form" not in seen:
                seen.append("login-form")
                values = {"username": user["username"], "password": user["password"]}
                here = self.submit(here, "login-form", values, "login-submit")
            elif "consent-form" in here.forms and "consent-form" not in seen:
                seen.append("consent-form")
                here = self.submit(here, "consent-form", button="consent-accept")
            else:
                raise AssertionError(f"stands still at {here!r} after {seen}")
        return here, seen
