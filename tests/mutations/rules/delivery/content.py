"""What is said: links as they were written, what may not be sent, and how much of it."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CLI = "integration/cli/test_content_commands.py::"
LINKS = "unit/content/test_links.py::"
INLINING = "unit/content/test_inlining.py::"
TROUBLE = "unit/content/test_trouble.py::"
ADDRESSES = "unit/content/test_addresses.py::"
BOUNDS = "unit/content/test_bounds.py::"
RENDER = "integration/services/delivery/test_rendering.py::"
FOREIGN = "unit/content/test_foreign_tags.py::"
SCHEMES = "unit/content/test_schemes.py::"
LINT = "unit/content/test_lint.py::"
UNSUBSCRIBING = "unit/config/test_unsubscribe_link.py::"

MUTATIONS = (
    Mutation(
        "validate exits with 1 where it printed an error",
        "cli/authoring/validate.py",
        "    if errors:\n        raise typer.Exit(1)",
        "    if not found:\n        raise typer.Exit(0)",
        (CLI + "test_validate_exits_with_1_where_it_printed_an_error",),
    ),
    Mutation(
        "A link is carried through MJML whole",
        "content/mjml/masking.py",
        "if value.strip() and is_address(name):",
        "if not value and is_address(name):",
        (LINKS + "test_a_link_arrives_as_it_was_written_wherever_it_stands",),
    ),
    Mutation(
        "An & before words is an &",
        "content/mjml/masking.py",
        'return self._word(mask_reference("", position))',
        'return "&"',
        (LINKS + "test_an_and_in_words_stays_one",),
    ),
    Mutation(
        "In a style sheet nothing is a reference",
        "content/mjml/masked_source.py",
        "self.plain(part) if number % 2 else",
        "self._html(part) if number % 2 else",
        (LINKS + "test_links_of_style_sheets_and_backgrounds_arrive",),
    ),
    Mutation(
        "A link that is shared is one parameter of another",
        "content/mjml/masked_source.py",
        "hidden.shared if before and hidden.shared else hidden.html",
        "hidden.html",
        (LINKS + "test_a_link_that_is_shared_is_one_parameter",),
    ),
    Mutation(
        "What no element can carry stays a style sheet",
        "content/mjml/inlining.py",
        'return f"<mj-style>{\'\'.join(kept)}</mj-style>" if kept else ""',
        'return ""',
        (INLINING + "test_what_no_element_can_carry_stays_a_style_sheet",),
    ),
    Mutation(
        "What inlining would move is an error",
        "content/mjml/email_compiler.py",
        "before.count((mark, tag)) != after.count((mark, tag))",
        "mark != mark",
        (INLINING + "test_what_inlining_would_lose_or_move_is_an_error_at_its_place",),
    ),
    Mutation(
        "Whatever a compiler raises is an error of the file",
        "content/mjml/compiler_errors.py",
        "    except BaseException as error:",
        "    except ValueError as error:",
        (
            TROUBLE + "test_even_a_panic_of_a_compiler_is_an_error_of_the_file",
            TROUBLE + "test_what_mjml_raises_is_an_error_at_its_element",
        ),
    ),
    Mutation(
        "Whatever a template's program raises is a template error",
        "content/rendering/renderer.py",
        "except Exception as error:  # a template nested too deep",
        "except ValueError as error:  # a template nested too deep",
        (TROUBLE + "test_odd_files_are_errors_too",),
    ),
    Mutation(
        "A check that cannot look keeps no other from looking",
        "content/checks/registry.py",
        "    except Exception as error:",
        "    except ZeroDivisionError as error:",
        (TROUBLE + "test_a_check_that_cannot_look_keeps_no_other_from_looking",),
    ),
    Mutation(
        "A link of data leads into the web or to the shop",
        "content/rendering/urls.py",
        "return bool(scheme and scheme[0].lower() in schemes",
        "return bool(not schemes or scheme and scheme[0].lower() in schemes",
        (ADDRESSES + "test_a_strange_link_leads_to_the_shop_and_a_strange_picture_is_left_out",),
    ),
    Mutation(
        "An address is read as the most lenient program reads it",
        "content/rendering/urls.py",
        'unicodedata.category(character)[0] not in "CZ"',
        "character",
        (ADDRESSES + "test_where_an_address_is_kept_by_name_no_channel_says_it",),
    ),
    Mutation(
        "A template's own schemes never run anything",
        "content/rendering/urls.py",
        "_WRITTEN.findall(source)} - _NEVER",
        "_WRITTEN.findall(source)}",
        (ADDRESSES + "test_what_the_template_writes_out_counts",),
    ),
    Mutation(
        "A picture without an address is left out",
        "content/mjml/masked_source.py",
        "self._html(self._optional(part))",
        "self._html(part)",
        (ADDRESSES + "test_a_strange_link_leads_to_the_shop_and_a_strange_picture_is_left_out",),
    ),
    Mutation(
        "Addresses that data keep by name are cleaned before anything is said",
        "content/rendering/renderer.py",
        "cleaned, remarks = sanitize_urls(used, shop_url, own)",
        "cleaned, remarks = used, list[Remark]()",
        (RENDER + "test_a_strange_link_of_an_event_is_not_sent_and_told",),
    ),
    Mutation(
        "An SMS has no more segments than its file allows",
        "content/rendering/field_limits.py",
        "(found := count_segments(text).segments) > most",
        "(found := count_segments(text).segments) > 1_000_000",
        (
            BOUNDS + "test_an_sms_of_more_than_four_segments_is_no_message",
            RENDER + "test_a_huge_name_makes_no_huge_sms",
        ),
    ),
    Mutation(
        "A field is cut at its own bound",
        "content/rendering/field_limits.py",
        "if most is None or length <= most:",
        "if most is None or length:",
        (BOUNDS + "test_a_field_is_cut_at_its_own_bound",),
    ),
    Mutation(
        "A person's number has eight digits or more",
        "services/ingestion/contacts.py",
        "return parse_address(TRAIT_CHANNELS[trait][0], said, region)",
        "return said",
        ("integration/services/ingestion/test_bad_values.py::test_what_is_no_person_s_number_is_no_contact",),
    ),
    Mutation(
        "What nobody was asked reads as no refusal",
        "services/explaining/reachability.py",
        "refused = [topic.name for topic in closed if send_policy.has_said(someone, channel, topic)]",
        "refused = [topic.name for topic in closed]",
        ("integration/services/explaining/test_explain.py::test_what_nobody_was_asked_reads_as_no_refusal",),
    ),
    Mutation(
        "An e-mail that advertises shows everybody its unsubscribe link",
        "content/unsubscribe_link.py",
        "self._page = min(ways,",
        "self._page = max(ways,",
        (UNSUBSCRIBING + "test_an_e_mail_that_advertises_needs_the_link_for_everybody",),
    ),
    Mutation(
        "An unsubscribe link that nobody sees is none",
        "content/visible_links.py",
        "self._linked and not any(hidden for _, hidden in self._inside)",
        "self._linked",
        (UNSUBSCRIBING + "test_an_e_mail_that_advertises_needs_the_link_for_everybody",),
    ),
    Mutation(
        "An unsubscribe link without anything to click is none",
        "content/visible_links.py",
        "if data.strip(",
        "if data or data.strip(",
        (UNSUBSCRIBING + "test_an_e_mail_that_advertises_needs_the_link_for_everybody",),
    ),
    Mutation(
        "A name that was set anew is no link of the house",
        "content/unsubscribe_link.py",
        'self._ours &= name != "links"',
        "self._ours &= True",
        (UNSUBSCRIBING + "test_an_e_mail_that_advertises_needs_the_link_for_everybody",),
    ),
    Mutation(
        "A link may be given a name for a while",
        "content/unsubscribe_link.py",
        "link=link and each is target",
        "link=False",
        (UNSUBSCRIBING + "test_however_the_link_is_written",),
    ),
    Mutation(
        "Only what was asked for goes without an unsubscribe link",
        "services/projects/message_references.py",
        "if (spec.purpose or journey.purpose) is Purpose.MARKETING else {}",
        "if spec.purpose is Purpose.MARKETING else {}",
        (UNSUBSCRIBING + "test_an_e_mail_that_advertises_needs_the_link_for_everybody",),
    ),
    Mutation(
        "A tag of another product is told in an e-mail",
        "content/mjml/email_compiler.py",
        "problems = [source.problem(tag.offset, str(tag)) for tag in foreign]",
        "problems = [source.problem(tag.offset, str(tag)) for tag in foreign[:0]]",
        (FOREIGN + "test_wherever_it_stands", FOREIGN + "test_in_a_shared_file_it_is_told_there"),
    ),
    Mutation(
        "A tag of another product is told in every channel",
        "content/yaml_files.py",
        "str(tag)) for tag in foreign),",
        "str(tag)) for tag in foreign[:0]),",
        (FOREIGN + "test_a_tag_of_another_product_is_an_error_at_its_place",),
    ),
    Mutation(
        "What stands in quotes of an expression is meant as it stands",
        "content/foreign_tags.py",
        "rest = _BRACES.sub(_nothing, rest)",
        "rest = rest",
        (FOREIGN + "test_what_only_looks_like_one_is_sent_as_it_stands",),
    ),
    Mutation(
        "Letters of an address are no tag of another product",
        "content/foreign_tags.py",
        "_ENCODED.sub(_nothing, _VERBATIM.sub(_nothing, _UNREAD.sub(_nothing, text)))",
        "_VERBATIM.sub(_nothing, _UNREAD.sub(_nothing, text))",
        (FOREIGN + "test_what_only_looks_like_one_is_sent_as_it_stands",),
    ),
    Mutation(
        "What is marked to stand as it is holds no tag",
        "content/foreign_tags.py",
        "_VERBATIM.sub(_nothing, _UNREAD.sub(_nothing, text))",
        "_UNREAD.sub(_nothing, text)",
        (FOREIGN + "test_what_is_marked_to_stand_as_it_is_stands_so",),
    ),
    Mutation(
        "UTM parameters are no templates",
        "content/yaml_files.py",
        "    if templates:",
        "    if templates and not path:",
        (FOREIGN + "test_utm_parameters_are_no_templates",),
    ),
    Mutation(
        "A mail leads to the web, to a mailbox or to a telephone",
        "content/mjml/masking.py",
        "self.strange.append((start, scheme))",
        "pass",
        (SCHEMES + "test_a_mail_leads_to_the_web_to_a_mailbox_or_to_a_telephone",),
    ),
    Mutation(
        "No channel leads to what runs something",
        "content/yaml_files.py",
        "if name in ADDRESSES and (scheme := refused_scheme(value)):",
        "if (scheme := refused_scheme(name)):",
        (SCHEMES + "test_no_channel_leads_to_what_runs_something",),
    ),
    Mutation(
        "What is open is told where it begins",
        "content/template_check.py",
        "find_unbalanced(text) or (error.lineno",
        "text and (error.lineno",
        (LINT + "test_what_is_open_is_told_where_it_begins_whatever_comes_after_it",),
    ),
    Mutation(
        "A tag that never ends takes nothing of a later one",
        "content/jinja_balance.py",
        "return _never_ends(text, jinja)  # up to",
        "pass  # up to",
        (LINT + "test_what_is_open_is_told_where_it_begins_whatever_comes_after_it",),
    ),
    Mutation(
        "A mail has its frame once",
        "content/mjml/lint.py",
        "return self._found or list(self._frame())",
        "return self._found",
        (LINT + "test_a_mail_has_its_frame_once",),
    ),
    Mutation(
        "A field that says nothing is called empty, at its value",
        "content/yaml_files.py",
        "if value is None or isinstance(value, str):",
        "if value is None:",
        (LINT + "test_yaml",),
    ),
    Mutation(
        "An address that is nothing is an error",
        "content/rendering/urls.py",
        "return str(printable(value) if printable else value)",
        "return str(value)",
        (ADDRESSES + "test_an_address_that_is_nothing_is_an_error_as_everywhere",),
    ),
)
