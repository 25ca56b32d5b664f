"""`connect VENDOR --name NAME --base-url URL --api-key-env VAR`: an account at a vendor."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.actions.connections import owner_of, save_connection
from batches.errors import SyncError, VendorRefused
from batches.models import Vendor
from batches.sync.vendors import vendor_of


class Command(BaseCommand):
    help = (
        "Creates or updates a connection and verifies its key. The key comes from the environment and is never shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vendor", choices=Vendor.values, metavar="VENDOR", help=", ".join(Vendor.values))
        parser.add_argument("--name", required=True)
        parser.add_argument("--base-url", default="", help="default: the vendor's own")
        parser.add_argument(
            "--api-key-env", default="", metavar="VAR", help="the environment variable with the key; for files, none"
        )
        parser.add_argument("--no-verify", action="store_true", help="save without asking the vendor about the key")

    def handle(self, *args: Any, **options: Any) -> None:
        if not vendor_of(options["vendor"]).answers:
            connection = save_connection(vendor=options["vendor"], name=options["name"])
            self.stdout.write(f"{connection.name}: saved, for files.")
            return
        if not options["api_key_env"]:
            raise CommandError("--api-key-env: name the environment variable with the key.", returncode=2)
        key = os.environ.get(options["api_key_env"], "").strip()
        if not key:
            raise CommandError(f"The environment variable {options['api_key_env']} is empty.", returncode=2)
        base_url = options["base_url"] or vendor_of(options["vendor"]).default_base_url
        try:
            account = "" if options["no_verify"] else owner_of(vendor=options["vendor"], base_url=base_url, api_key=key)
            connection = save_connection(
                vendor=options["vendor"], name=options["name"], base_url=base_url, api_key=key, account=account
            )
        except SyncError as error:
            refused_address = isinstance(error, VendorRefused) and not error.status
            raise CommandError(f"Nothing was saved. {error}", returncode=2 if refused_address else 1) from error
        text = f"the key belongs to {account}" if account else "the key was not verified"
        self.stdout.write(f"{connection.name}: saved, {text}.")
