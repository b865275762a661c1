"""What was tried where a target was missed, by the numbers of `report.SECTIONS`."""

from collections.abc import Mapping, Sequence

# With its effect; measured on a busy machine, so that ratios count.
TRIED: Mapping[int, Sequence[str]] = {
    1: (
        "The Region that took longest the last time is asked first: 20 to 300 ms, 373 ms before,"
        " 323 ms after, the slowest call alone 303 ms. Kept.",
        "Profile of 34 Regions of 3 rules: 80 ms of processor time, half of it in 34 calls of"
        " boto3. Such a call is 3,200 function calls, 2,890 of them botocore's own.",
        "Answers through a queue instead of `concurrent.futures.wait`, stored rules read while"
        " AWS answers, names and addresses made once: 121,500 function calls of the page's own"
        " thread before, 99,800 after. Kept.",
        "The page's head rendered after the last request is sent: the last request was sent"
        " after 38 ms instead of 35, because the head takes 4 ms only. Not kept.",
        "No validation of parameters by botocore: 1 % of a call. No paginator: 6 %. Not kept,"
        " because the paginator knows how each list ends.",
        "Threads kept from one page to the next: 74.5 ms of processor time before, 65.6 after;"
        " the last request sent after 58.9 ms before, 38.3 after. Kept.",
        "A Region's number of rules in words made in Python, addresses of Regions kept: 94,200"
        " function calls of the page's own thread before, 85,500 after. Kept.",
        "Stored rules read when no answer came for 25 ms, not before the first answer, 34 Regions"
        " of 50 rules: 98 to 112 ms of processor time until the first Region before, 69 to 84"
        " after. Kept.",
        "Timestamps of AWS parsed without a look-up of the machine's time zone (botocore's"
        " `timestamp_parser`): a call that lists 50 rules 2.1 ms of processor time before, 1.4"
        " after. Kept.",
        "A switch interval of 1 and 20 ms instead of 5: 78.1 and 75.0 ms of processor time"
        " instead of 74.5. Not kept.",
        "One flush for four Regions: 73.0 ms instead of 74.5, and Regions wait for others."
        " gzip's level 1: 72.0 ms, and 18 % more bytes. Not kept.",
    ),
    2: (
        "Profile, in processor time: session and Regions 75 ms, 34 clients 82 ms, the first"
        " calls over TLS 145 ms, the second 48 ms.",
        "Workers build clients and ask STS when they start, in a thread: median of eight first"
        " pages 1,084 ms before, 652 ms after, on a machine that others used. Kept.",
        "A request for each Region signed when a worker starts, and not sent: the first round"
        " 159 ms of processor time before, 149 after, for 18 ms at the start. Kept.",
        "Trace of a first page while a worker prepares itself: of 505 ms of processor time, 168 are"
        " two full garbage collections of all that was loaded, 80 the clients, 20 a frame that is"
        " compiled; the page waits 300 ms for STS, which was asked last, and some 10 ms for each of"
        " 34 threads, because the preparation keeps the interpreter's lock for 5 ms at a time.",
        "No garbage collection while a worker loads, and what is loaded exempted from it; STS"
        " asked first, pages imported and the frame compiled before the first request; a client"
        " that is there not waited for while another is built. Five runs each, alternating, on a"
        " machine that others used: the first page 1,257 ms before, 770 after; processor time of"
        " the worker until it answers 1,060 ms before, 760 after, for the page 440 and 300. Kept.",
        "A switch interval of 0.5 ms while a worker prepares itself: 738 ms before, 592 after (the"
        " best of eight 545 and 381). Kept.",
        "Only the event handlers of the services that are used, one TLS context for all clients"
        " (`backend/tls.py`), in six alternating runs with all of the above: the first page 1,041"
        " ms before, 601 after, with 420 and 285 ms of processor time. botocore reads the trusted"
        " certificates for each connection; with those that it ships, which the stub's one"
        " certificate does not show, 34 contexts take 612 ms of processor time and 25 MB. Kept.",
        "Names of Regions out of the small file of partitions: 18 ms of processor time before, 0.4"
        " after. Kept.",
        "Connections opened at the start would need a call in each Region. Not done.",
    ),
    3: (
        "Profile: until the head is sent, 34 threads prepare their requests and share the"
        " interpreter's lock with its rendering, which takes 4 ms alone.",
        "The head sent before AWS is asked: sent after 7 ms instead of 17, the last request after"
        " 52 ms instead of 40, the whole page 158 ms instead of 152 (the best of 40 each, on a"
        " machine that others used). Not kept: the whole page is what people wait for.",
        "Threads kept from one page to the next: the last request sent after 58.9 ms before,"
        " 38.3 after, so an early answer waits less for the interpreter's lock. Kept.",
        "Stored rules read when no answer came for 25 ms, not before the first answer. Kept.",
    ),
    5: (
        "Four attempts instead of three: 18 of 680 reads shown with Retry instead of 24.",
        "Five attempts: 12. The pauses before them are up to 4 and 8 seconds.",
        "A second call after three throttled attempts, within the deadline: 2. Kept.",
    ),
    8: (
        "Profile of a shown step: 54 to 72 % of the processor time is rendering, a third of it the"
        " Region menu; a page looks up 660 texts for translation, with one language.",
        "Navigation and Region menu rendered once for what they depend on, no look-ups with one"
        " language, a person read with their grants: destination, shown, 39,800 function calls"
        " before, 28,100 after. Kept.",
        "Options of choices rendered without two templates for each, two queries that read one"
        " column instead of all, addresses of a draft kept: 24,000. Kept. The first step 54,200"
        " before all of this, 29,100 after; the review 61,000 and 31,200.",
        "A draft that is listed already is not read to note its answer: 11 SQL statements of an"
        " answered step before, 8 after. Kept.",
        "The draft of the benchmark has a credential, and the statements counted are with BEGIN: 11"
        " again. The draft and its credential read with one query, a draft saved with one UPDATE"
        " and not in a transaction, a credential that did not change not written again: 7, and 8"
        " for the step that asks for the credential. Kept.",
        "What is left of the first step, by processor time: 30 % the template engine, 24 % Django's"
        " ORM, which builds each of five statements anew, 20 % forms and texts.",
        "Of the function calls of the destination, shown (30,400 after other changes), Django's ORM"
        " makes 3,300 for five statements, its templates 3,000, boto3 2,800; the rest is spread"
        " over 200 functions with less than 1 % each.",
        "The draft and its credential read with one query: 0.77 ms of processor time, as long as"
        " two queries take; 0.4 ms more for a draft without a credential, because Django builds"
        " the inner query anew each time. Kept, for the number of statements.",
    ),
    9: (
        "Profile of 18 ms of processor time: the frame and the filter 5 ms, the rows 3 ms, boto3"
        " 2.5 ms, last results and rows 2.5 ms, the comparison with the stored list 1.5 ms,"
        " session and access 3 ms.",
        "Names in ARNs and entries of registries computed once, and the frame's links cached:"
        " 59,200 function calls a page before, 45,000 after. Kept.",
        "Timestamps of AWS parsed without a look-up of the machine's time zone: 42,900 function"
        " calls. Kept.",
        "Secrets listed only where rules had one the last time, options of the filter and the"
        " person's preferences without model instances: 40,400. Kept. With the line above, the"
        " processor time is 0.40 to 0.42 times that of Django's admin list in the same process;"
        " 0.49 before.",
        "The collector's threshold at 5,000, 50,000 and off instead of 700, in one process: 21.3,"
        " 21.6 and 21.9 ms of processor time instead of 21.5, Django's admin list 54.8. Not kept.",
        "Escaped texts of rows cached: at most 1 % by the profile, which has 300 of them with five"
        " replacements each. Not tried further.",
    ),
    10: (
        "A row of a table: 967 bytes before; 877 with addresses relative to the page, 815 with long"
        " columns named once per table, a shorter label and no default attribute, 747 without"
        " optional end tags and quotes; 702 for prefixes of seven characters. Kept. Compressed,"
        " the whole list is 6,878 bytes instead of 6,952.",
        "Brotli instead of gzip for pages and static files, htmx in the script of all pages, no"
        " comments or indentation in scripts and style sheets, one drawing of marks: All Regions"
        " 103 KB in 7 requests before, 90 KB in 6 after; scripts 31.8 KB before, 24.9 after. Kept.",
        "rcssmin 1.3 and rjsmin 1.3: 1 to 2 KB less than without comments. rcssmin removes the"
        " space of `.table :is(...)` inside of `@container`, and rjsmin takes `//` in a nested"
        " template literal for a comment. Not kept.",
        "Open Sans as one variable font with the characters of English and German texts: 12.8 KB"
        " instead of 36.8, All Regions 66 KB in 5 requests. It has no hints, so a Chromium that"
        " rounds glyphs to whole pixels draws a bold line of 449 pixels in 471, and tables with"
        " long names overflow. Not kept.",
        "The two files of Open Sans cut to the characters of English and German texts, with their"
        " hints: 20.7 KB instead of 36.8; text is the same to the pixel. Marks as outlines in the"
        " style sheet: one request less. Kept.",
        "htmx loaded when a page first needs it: scripts 10.9 KB instead of 24.9, with the above"
        " All Regions 60 KB instead of 90. Kept.",
    ),
    11: (
        "One style sheet and one script instead of twelve files: longest task 102 and 78 ms"
        " before, 63 and 50 ms after (3 and 50 rules), on a machine that others used. Kept.",
        "`content-visibility: auto` for Regions with rules, 2 rules in each, all open: layout"
        " 241 ms before, 88 ms after; styles 224 ms before, 107 ms after. Kept.",
        "Arrows of sorted columns drawn by the style sheet: 480 elements fewer with 34 tables."
        " Kept.",
        "Profile of the longest task (Chromium's trace, 58 ms): htmx's start 27, layout 12, styles"
        " 10. Closed Regions without htmx's attributes: all scripts 19.5 ms before, 20.3 after."
        " The script with `async`: tasks of 70 and 82 ms, none above 50 without. Not kept.",
        "No rules for `*::before` and `*::after`: styles of the list 16.5 ms of processor time with"
        " them, 17.1 without; of the secrets 6.0 and 5.1 (a run each). Not kept.",
    ),
    12: (
        "boto3 imported with the first session: 901 ms of processor time for manage.py check"
        " before, 740 to 780 after, a bare project 340 to 370 on the same busy machine. Not kept:"
        " the modules of the credential chain need botocore when they are imported.",
        "The libraries of single sign-on imported only where it is used: in seven alternating runs"
        " 1,339 ms of processor time before, 1,191 after, on a machine that others used. Kept.",
        "No garbage collection while modules are imported: 40 to 70 ms less. Not kept.",
        "What is left: 136 ms are the import of the console's own 226 modules, 110 ms Django's.",
    ),
    13: (
        "One TLS context for all clients, fewer handlers copied for each, what is loaded exempted"
        " from garbage collection before the first request: 76.6 MB after the first page before,"
        " 74.4 after; with TLS and pages of all Regions 89 and 84 MB. Kept.",
        "The libraries of single sign-on (requests, PyJWT, mozilla-django-oidc) imported only where"
        " it is used: 132 modules and 6.5 MB less; with the line above 75.9 MB before and 68.4"
        " after, three alternating runs. Kept.",
    ),
    14: (
        "Profile of a client: 20 % copies botocore's event handlers, 10 % makes a TLS context, 10 %"
        " looks for the profile's settings, 9 % parses the rules of endpoints, 8 % reads the"
        " environment for proxies.",
        "botocore's handlers unregistered: no effect, because they leave empty nodes that are"
        " copied too. Not kept.",
        "A session that registers only the handlers of the services that are used: 2.25 ms of"
        " processor time before, 1.86 after. Kept.",
        "One TLS context for all clients: with the line above 1.53 ms. Kept. In a process that"
        " collects its garbage as usual 4.0 ms before both, 1.95 after.",
    ),
    15: (
        "Profile (processor time of the process, a trace of SQLite): 36 SQL statements in 13"
        " transactions and 4 calls to AWS for each Region, 0.65 s. A third is boto3's, 29 % the"
        " audit trail's, 16 % the lease's and the journal's, 8 % the insertion of the"
        " operations.",
        "The lease, the journal and the audit row in one transaction, which threads share that"
        " write at the same time: 2.3 transactions for each Region. Kept.",
        "One statement for the operations of all Regions, and no query for what is only needed"
        " after an error: with the line above 20 statements, and 0.45 s instead of 0.65 s. Kept.",
        "A lock of the process around SQLite's writes, instead of SQLite's own pauses: no effect.",
        "17 and 12 threads instead of 34: no effect.",
        "The garbage collector out of the way (gc.freeze, a threshold of 100,000): no effect.",
    ),
    16: (
        "Verifying, rows for each second of processor time, SQLite, 50,000 rows: 26,400 at"
        " first. A third is reading rows through Django's models, a quarter JSON.",
        "Each column sealed as the text that is stored and read by a cursor: 142,000. Kept.",
        "The checks in one loop, and an HMAC that is prepared once and copied: 168,000; chunks"
        " of 500 rows instead of 5,000: 200,000. Kept.",
        "SQLite joins the columns (printf): a fifth less for reading. Not kept, for it ends a"
        " text at a NUL, behind which a change would not be seen.",
        "Bytes of a row on PostgreSQL: 1,071 at first (100,000 rows). Facts as text and not as"
        " jsonb, a seal of bytes, no fact twice: 935 (30,000 rows). Kept.",
        "The same after REINDEX: 767, because entries are inserted in the middle of most indexes.",
        "Also without the index of times: 735; without that of phases too: 703. Not kept: the"
        " filters of the page use them.",
    ),
    18: (
        "The same five at 094027e, with the same script on a busy machine, in this order: KB"
        " received, KB of HTML, elements, layout shift, blocking time. All Regions 3,881, 3,879,"
        " 58,486, 0.40, 3,267 ms. Matrix 693, 691, 13,087, 0.18, 573 ms. Region list 137, 136,"
        " 2,152, 0.01, 62 ms. Secrets 463, 462, 7,568, 0.01, 0 ms. Bulk validation 1,200, 1,199,"
        " 22,968, 0, 592 ms.",
        "At 5de7070, in the same order: layout shift 0.0091, 0.0028, 0, 0, 0; blocking time 35, 90,"
        " 193, 170, 48 ms.",
        "Answers compressed; Regions of All Regions closed from 100 rules on, in one order from"
        " the first byte; secrets and results of a bulk validation in pages of 50. Kept.",
        "The longest task of the list and of the secrets, at full speed on a busy machine, as"
        " processor time in alternating loads of one run: 42 and 58 ms, of which the layout of the"
        " table is 23 and 37. With `table-layout: fixed` 47 and 55; without container queries 42"
        " and 46, but those decide when a table becomes cards; in Liberation Sans 39 and 41; with"
        " `content-visibility` in each cell 44 and 53; with 20 rows instead of 50, 36 and 41."
        " Nothing kept: layout does not divide a table, so only shorter pages would help.",
        "htmx loaded when a page first needs it, by the thread time of tasks beyond 50 ms each, in"
        " alternating loads of one run on a busy machine (medians of three, in the order above):"
        " 115, 210, 155, 246, 196 ms before, 118, 165, 73, 88, 126 after. Kept.",
    ),
}
